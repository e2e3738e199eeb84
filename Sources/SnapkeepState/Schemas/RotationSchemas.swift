package import SnapkeepCore

/// What plans and other documents say of rotations.
package enum RotationSchemas {
    static let plan = JSONSchema.object(
        "What the manifest's rotations ask for.", of: RotationPlanField.self,
        optional: [.leftOut, .nothingExpires, .lastRun, .clockDifference, .edits, .matches, .isNew, .rules]
    ) { field in
        switch field {
        case .now: CommonSchemas.localTime("The instant that the plan is made for.")
        case .declared: .list("What the manifest declares: a saved plan is carried out without it.", of: spec)
        case .leftOut: .number("How much is due by the clock and left to another run; only in a plan of what the manifest changes.")
        case .nothingExpires: .word("Why nothing expires, although it could.", SuspensionWord.self)
        case .lastRun: CommonSchemas.instant("When the last run was, which is later than this instant.")
        case .clockDifference: .number("By how many seconds this machine's clock is ahead of the cloud's.", from: nil)
        case .standings: .list("How each rotation stands with each of its volumes.", of: .shared(standing))
        case .edits: .list("The rotations whose rules are others than at the last apply, and new ones.", of: edit)
        case .matches: .list("What the rotations match that pick their volumes by a pattern.", of: match)
        case .isNew: .flag("Whether the rules are others than those that are remembered.")
        case .rules: .list("By which rules snapshots are kept from the apply of this plan on.", of: remembered)
        }
    }

    private static let spec = JSONSchema.object(
        "A rotation of the manifest.", of: RotationSpecField.self,
        optional: [.volumes, .match, .weekday, .day, .paused, .movedFrom]
    ) { field in
        switch field {
        case .name: .text("The name of the rotation.")
        case .volumes:
            .list(
                "Its volumes, where it lists them.",
                of: .object("A volume of the rotation.", of: RotationVolumeField.self, optional: [.name]) { field in
                    switch field {
                    case .label: .text("What the keys of its snapshots call the volume.")
                    case .volume: .shared(PlanSchema.volume)
                    case .name: .text("What the cloud calls it.")
                    }
                })
        case .match:
            .object("By what it picks its volumes, where it does.", of: VolumePatternField.self, optional: [.name]) { field in
                switch field {
                case .name: .text("The whole name, where '*' stands for any text.")
                case .metadata: .texts("Metadata that the volume must have.")
                }
            }
        case .every: .word("How often a snapshot is due.", PeriodUnit.self)
        case .weekday: .word("The day of the week on which it is due.", Weekday.allCases.map(\.word))
        case .day: .number("The day of the month on which it is due, cut to the month's end.", from: 1)
        case .minute: .number("The minute of the day, or of the hour, at which it is due.")
        case .timezone: .text("Its time zone, by its IANA name.")
        case .startWithin: .number("For how many seconds it may still be begun.")
        case .rules: .shared(rules)
        case .paused: .flag("Whether nothing is made and nothing expires.")
        case .snapshot:
            .object("What its snapshots look like.", of: TemplateField.self, optional: [.description]) { field in
                switch field {
                case .name: .text("The name, with {rotation}, {volume} and {period}.")
                case .description: .text("The description.")
                case .metadata: .texts("The metadata that the manifest asks for.")
                case .force: .flag("Whether a volume in use is snapshotted, too.")
                case .timeout: .number("How long to wait for it, in seconds.")
                }
            }
        case .movedFrom: .text("The name that it had before.")
        }
    }

    /// How a rotation stands with a volume.
    package static let standing = JSONSchema.Shared(
        "standing",
        .object(
            "How a rotation stands with one volume.", of: StandingField.self, optional: [.lastGood, .overdueSince]
        ) { field in
            switch field {
            case .rotation: .text("The name of the rotation.")
            case .timezone: .text("Its time zone, by its IANA name.")
            case .label: .text("What the keys of its snapshots call the volume.")
            case .volume: .shared(PlanSchema.volume)
            case .period: CommonSchemas.period("The period that is wanted now.")
            case .demand: .word("What that period asks for.", RotationOutlook.Demand.self)
            case .dueSince: CommonSchemas.localTime("When its snapshot became due.")
            case .startUntil: CommonSchemas.localTime("Until when it may be begun.")
            case .nextDue: CommonSchemas.localTime("When the next one becomes due.")
            case .lastGood: CommonSchemas.localTime("When the newest good one was made.")
            case .overdueSince: CommonSchemas.localTime("Since when one is overdue.")
            case .kept:
                .list(
                    "What is kept.",
                    of: .object("A snapshot that is kept.", of: KeptField.self) { field in
                        switch field {
                        case .key: CommonSchemas.key
                        case .id: CommonSchemas.snapshotID
                        case .reasons: CommonSchemas.reasons
                        }
                    })
            }
        })

    private static let edit = JSONSchema.object("A rotation whose rules are others.", of: EditField.self, optional: [.former]) { field in
        switch field {
        case .name: .text("The name of the rotation.")
        case .former: .shared(rules, "The rules of the last apply; left out for a new rotation.")
        case .rules: .shared(rules, "The rules of the manifest.")
        case .expires: .number("How many snapshots go by the edit.")
        }
    }

    private static let match = JSONSchema.object("What a pattern picks.", of: MatchField.self, optional: [.count, .asOf]) { field in
        switch field {
        case .name: .text("The name of the rotation.")
        case .count: .number("How many volumes match; left out where nobody has looked yet.")
        case .asOf: CommonSchemas.localTime("When the volumes were looked at.")
        }
    }

    private static let rules = JSONSchema.Shared(
        "rules",
        .object("By which rules snapshots are kept.", of: RulesField.self, optional: [.maxAge]) { field in
            switch field {
            case .keep:
                .object(
                    "How many of each kind are kept.", of: RetentionBucket.self, optional: Set(RetentionBucket.allCases)
                ) { .number("The count of '\($0.rawValue)'.", from: 1) }
            case .minGood: .number("So many good ones always stay.", from: 1)
            case .prefer: .word("Which one of a day, week and so on is kept.", BucketChoice.self)
            case .maxAge: .number("Older ones go, but for min_good: an age in seconds.")
            }
        })

    private static let remembered = JSONSchema.object(
        "A rotation and its rules.", of: RememberedField.self, optional: [.since, .movedFrom, .volumes, .matchedAt, .matched]
    ) { field in
        switch field {
        case .name: .text("The name of the rotation.")
        case .rules: .shared(rules)
        case .since: CommonSchemas.instant("When it was remembered first.")
        case .movedFrom: .text("The name that it had before.")
        case .volumes:
            .list(
                "Its volumes, where it lists them.",
                of: .object("A volume.", of: VolumeField.self, optional: [.id], without: [.name]) { field in
                    switch field {
                    case .id: CommonSchemas.volumeID
                    case .name: .text("What the cloud calls it.")
                    case .alias: .text("What the manifest calls it; its id where it has no name.")
                    }
                })
        case .matchedAt: CommonSchemas.instant("When the volumes were looked at that its pattern picks.")
        case .matched:
            .list(
                "The volumes that its pattern picks.",
                of: .object("A volume.", of: VolumeField.self, optional: [.name], without: [.alias]) { field in
                    switch field {
                    case .id: CommonSchemas.volumeID
                    case .name: .text("What the cloud calls it.")
                    case .alias: .text("What the manifest calls it.")
                    }
                })
        }
    }

    static let expiry = JSONSchema.object(
        "Why a rotation lets it go, and what must be good first.", of: ExpiryField.self,
        optional: [.rules, .maxAge, .after, .guardsWhenFull]
    ) { field in
        switch field {
        case .why: .word("The rule.", ExpiryWord.self)
        case .rules:
            .list(
                "What each rule of 'keep' keeps instead.",
                of: .object("A rule that does not keep it.", of: SurpassedField.self, optional: [.kept]) { field in
                    switch field {
                    case .rule: .word("The rule.", RetentionBucket.self)
                    case .count: .number("How many it keeps.")
                    case .kept: CommonSchemas.period("The period of the one that it keeps instead.")
                    }
                })
        case .maxAge: .number("The age in seconds that it has passed.")
        case .byEdit: .flag("Whether it goes by an edit of the rules, and so counts for --max-deletes.")
        case .after: CommonSchemas.key
        case .guards: .list("What must be seen to be good first.", of: CommonSchemas.snapshotID)
        case .guardsWhenFull:
            .list("The same, where it may go before the new one because the volume is full.", of: CommonSchemas.snapshotID)
        }
    }
}
