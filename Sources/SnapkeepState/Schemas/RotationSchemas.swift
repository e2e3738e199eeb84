package import SnapkeepCore

/// What plans and other documents say of rotations.
package enum RotationSchemas {
    static let plan = JSONSchema.object(
        "What the manifest's rotations ask for.", of: RotationPlanField.self,
        optional: [.nothingExpires, .lastRun, .clockDifference, .edits, .matches, .isNew, .rules]
    ) { field in
        switch field {
        case .now: CommonSchemas.localTime("The instant that the plan is made for.")
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
        "A rotation and its rules.", of: RememberedField.self, optional: [.matchedAt, .matched]
    ) { field in
        switch field {
        case .name: .text("The name of the rotation.")
        case .rules: .shared(rules)
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
