import SnapkeepCore

// Every message about the fields of a manifest, in the order in which a reader meets them. Wording: Contributing#wording-of-findings.
extension Diagnostic {
    // MARK: The manifest as a whole

    static func emptyManifest() -> Diagnostic {
        Diagnostic(
            .error, code: ManifestReading.emptyManifestCode, "the manifest lists no snapshots",
            help: "add one under 'snapshots:', or pass --allow-empty if none is meant")
    }

    static func emptyFile(at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "empty-file", "the file holds no manifest", at: .range(range), help: "run 'snapkeep init' to see how one looks")
    }

    static func emptyDocument(at range: SourceRange) -> Diagnostic {
        // Only '---' makes a document of nothing at all; 'null' and '~' do without.
        Diagnostic(
            .error, code: "empty-document", "the document is empty", at: .range(range),
            help: range.start == range.end ? "remove the '---' in front of it" : "list at least one snapshot under 'snapshots:'")
    }

    static func badVersion(found: Event, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-version", "'version' must be the number 1, found \(found.words)", at: .range(range),
            help: "write 'version: 1', or leave the line out")
    }

    /// Nobody puts a variable's value there, and the owner in a stamp cannot change later.
    static func stackVariable(_ field: String, _ text: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "stack-variable", "'\(field)' is \(text.quoted): variables are not replaced in a manifest", at: .range(range),
            help: field == "state"
                ? "name another state in the environment of the run, with SNAPKEEP_STATE, or write it out here"
                : "write the name itself, in one file for each environment: 'snapkeep plan -f base.yaml -f prod.yaml'")
    }

    static func defaultsOfNothing(at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .warning, code: "unused-defaults",
            "'defaults' counts for the snapshots and rotations of its own document, and this one lists none",
            at: .range(range), help: "repeat it in each file that lists some, or remove it")
    }

    static func badProjectID(_ text: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-project-id", "'project_id' must be 1 to 255 letters, digits, '_', '.' or '-', found \(text.quoted)",
            at: .range(range), help: "copy the project's id, not its name, from the cloud's console")
    }

    /// Nothing of a text that may hold a password is told, and the line is not shown.
    static func badState(_ problem: StateAddressProblem, at range: SourceRange) -> Diagnostic {
        Diagnostic(.error, code: "bad-state", "'state' \(problem.words)", at: .range(range), help: problem.help)
    }

    static func conflictingSetting(
        _ field: String, _ text: String, first: String, firstAt: SourceRange, at range: SourceRange
    ) -> Diagnostic {
        Diagnostic(
            .error, code: "conflicting-setting", "'\(field)' is \(text.quoted) here and \(first.quoted) before", at: .range(range),
            notes: [.init("first given here", at: .range(firstAt))], help: "give it once; all files and documents form one manifest")
    }

    static func moreDiagnostics(errors: Int, warnings: Int) -> Diagnostic {
        Diagnostic(
            .note, code: "more-diagnostics",
            [(errors, "error"), (warnings, "warning")].filter { $0.0 > 0 }.map { "\($0.0) more \($0.1)\($0.0 == 1 ? "" : "s")" }
                .joined(separator: " and ") + " not shown")
    }

    // MARK: Any mapping

    static func wrongKind(
        _ rule: String, found: Event, at range: SourceRange,
        help: String = "compare with the manifest that 'snapkeep init example.yaml' writes"
    ) -> Diagnostic {
        Diagnostic(.error, code: "wrong-kind", "\(rule), found \(found.words)", at: .range(range), help: help)
    }

    static func unknownKey(_ key: String, in owner: String, known: [String], at range: SourceRange) -> Diagnostic {
        unknownKey(key, in: owner, nearest: NearMiss.suggestion(for: key, among: known), known: known, at: range)
    }

    static func unknownKey(_ key: String, in owner: String, nearest: String?, known: [String], at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "unknown-key", "unknown key \(key.quoted) in \(owner)", at: .range(range),
            help: nearest.map { "did you mean '\($0)'?" } ?? "the keys known here are \(known.joined(separator: ", "))")
    }

    static func duplicateKey(_ key: String, first: SourceRange, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "duplicate-key", "key \(key.quoted) stands twice in one mapping", at: .range(range),
            notes: [.init("it stands here first", at: .range(first))], help: "remove one of the two")
    }

    static func keyIsNotText(_ kind: Event.Kind, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "key-not-text", "a key must be a text, found \(kind == .sequenceStart ? "a list" : "a mapping")",
            at: .range(range),
            help: "remove the '?', or put the key in quotes if it starts with '[' or '{'")
    }

    static func badMerge(at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-merge", "'<<' takes a mapping or a list of mappings", at: .range(range),
            help: "write '<<: *name', where '&name' marks a mapping further up")
    }

    static func missingValue(_ field: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "missing-value", "'\(field)' has no value", at: .range(range),
            help: "write one after the colon; put 'null' or '~' in quotes if that text is meant")
    }

    // MARK: Snapshots

    static func missingName(key: String?, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "missing-name", "\(key.map { "snapshot \($0.quoted)" } ?? "a snapshot") has no 'name'", at: .range(range),
            help: "add 'name: …', as the cloud shall show it")
    }

    static func missingVolume(of name: String?, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "missing-volume", "\(name.map { "snapshot \($0.quoted)" } ?? "a snapshot") has no volume", at: .range(range),
            help: "add 'volume_id: <uuid>', or 'volume: <name>' with a name that 'volumes' declares")
    }

    static func twoVolumes(_ field: String, first: String, firstAt: SourceRange, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "two-volumes", "'\(field)' and '\(first)' name the volume of one snapshot", at: .range(range),
            notes: [.init("the other stands here", at: .range(firstAt))], help: "remove one of the two")
    }

    static func keyUsedTwice(_ key: String, isName: Bool, first: SourceRange, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "duplicate-snapshot", "snapshot \(isName ? "name" : "key") \(key.quoted) is used twice", at: .range(range),
            notes: [.init("first used here", at: .range(first))],
            help: isName
                ? "rename one, or give it a 'key:' of its own; the key identifies a snapshot in the state file"
                : "change one; the key identifies a snapshot in the state file")
    }

    static func idUsedTwice(_ id: SnapshotID, first: SourceRange, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "duplicate-id", "snapshot \(id) stands for two lines", at: .range(range),
            notes: [.init("first named here", at: .range(first))], help: "remove one of the two 'id:' lines, or give it another id")
    }

    static func badSnapshotID(_ text: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-snapshot-id", "'id' must be the UUID of a snapshot that exists, found \(text.quoted)", at: .range(range),
            help: uuidHelp(text, of: "snapshot") + ", or remove the line to have a new one made")
    }

    static func notADefault(_ field: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "not-a-default", "'\(field)' cannot be a default, as it tells snapshots apart", at: .range(range),
            help: "write it in each snapshot")
    }

    static func notBoolean(_ field: SnapshotField, found: Event, at range: SourceRange) -> Diagnostic {
        let meaning = field == .force ? "to snapshot a volume that is attached" : "to keep the snapshot from being deleted"
        return notBoolean(field.rawValue, meaning: meaning, found: found, at: range)
    }

    /// - Parameter meaning: what the field is set for.
    static func notBoolean(_ field: String, meaning: String, found: Event, at range: SourceRange) -> Diagnostic {
        let isNo = ["no", "off", "n", "false", "0"].contains(found.string.lowercased())
        return Diagnostic(
            .error, code: "not-boolean", "'\(field)' must be true or false, found \(found.words)", at: .range(range),
            help: isNo ? "write '\(field): false', or leave the line out" : "write '\(field): true' \(meaning)")
    }

    static func badTimeout(_ problem: TimeoutProblem, found: Event, at range: SourceRange) -> Diagnostic {
        switch problem {
        case .notATime:
            Diagnostic(
                .error, code: "bad-timeout", "'timeout' must be a time such as 30m, found \(found.words)", at: .range(range),
                help: "write hours, minutes and seconds without blanks: '90s', '30m' or '1h30m'")
        case .noUnit:
            Diagnostic(
                .error, code: "bad-timeout", "'timeout' needs a unit, found \(found.words)", at: .range(range),
                help: "write '\(found.string)s' for seconds or '\(found.string)m' for minutes")
        case .outOfRange:
            Diagnostic(
                .error, code: "timeout-out-of-range", "'timeout' must be from 1s to 24h, found \(found.words)", at: .range(range),
                help: "write '24h' for the longest, or leave the line out for 10 minutes")
        }
    }

    static func nullMetadata(_ key: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "null-metadata", "metadata \(key.quoted) has no value", at: .range(range),
            help: "write '\"\"' for an empty text, or remove the line")
    }

    // MARK: Volumes

    static func badVolumeID(_ text: String, isDeclared: Bool, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-volume-id", "'volume_id' must be a UUID, found \(text.quoted)", at: .range(range),
            help: isDeclared ? "write 'volume: \(text)', as 'volumes' declares that name" : uuidHelp(text))
    }

    static func unknownVolume(_ text: String, suggestion: String?, at range: SourceRange) -> Diagnostic {
        if VolumeID(text) != nil {
            return Diagnostic(
                .error, code: "unknown-volume", "'volume' takes a name that 'volumes' declares, found the id \(text.quoted)",
                at: .range(range), help: "write 'volume_id: \(text)'")
        }
        return Diagnostic(
            .error, code: "unknown-volume", "volume \(text.quoted) is not declared", at: .range(range),
            help: suggestion.map { "did you mean '\($0)'?" }
                ?? "declare it under 'volumes:', or give the volume's id with 'volume_id:'")
    }

    static func badVolume(_ alias: String, found: Event, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-volume-id", "volume \(alias.quoted) must be a UUID or {name: …}, found \(found.words)", at: .range(range),
            help: found.isNull || found.text.count == 32 || found.text.count == 36
                ? uuidHelp(found.string) : "write '{name: …}' to find the volume by its name in the cloud")
    }

    static func emptyVolume(_ alias: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "bad-volume-id", "volume \(alias.quoted) has neither an id nor a name", at: .range(range),
            help: "write its id after the colon, or '{name: …}'")
    }

    static func unknownKeyInVolume(_ key: String, alias: String, at range: SourceRange) -> Diagnostic {
        if key.lowercased() == "id" || key == "volume_id" {
            return Diagnostic(
                .error, code: "unknown-key", "unknown key \(key.quoted) in volume \(alias.quoted)", at: .range(range),
                help: "write the id itself after '\(alias):'")
        }
        return unknownKey(key, in: "volume \(alias.quoted)", known: VolumeField.names, at: range)
    }

    static func volumeDeclaredTwice(_ alias: String, first: SourceRange, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .error, code: "duplicate-volume", "volume \(alias.quoted) is declared twice", at: .range(range),
            notes: [.init("first declared here", at: .range(first))], help: "remove one; all files and documents form one manifest")
    }

    private static func uuidHelp(_ text: String, of thing: String = "volume") -> String {
        let digits = text.utf8.filter { $0 != 0x2D }
        let isHex = digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) }
        if digits.count == 32 && isHex { return "write it with four hyphens: 8-4-4-4-12 digits" }
        return "copy the \(thing)'s id, 36 characters such as 5aa119a8-d25b-45a7-8d1b-88e127885635"
    }

    // MARK: Warnings

    static func unusedVolume(_ alias: String, at range: SourceRange) -> Diagnostic {
        Diagnostic(.warning, code: "unused-volume", "no snapshot uses volume \(alias.quoted)", at: .range(range), help: "remove the line")
    }

    static func longText(_ field: String, count: Int, advised: Int, at range: SourceRange) -> Diagnostic {
        Diagnostic(
            .warning, code: "long-text", "'\(field)' has \(count) characters; some clouds take at most \(advised)", at: .range(range),
            help: "shorten it, or leave it if your cloud is known to take it")
    }
}

extension Event {
    /// What stands there, for messages of the form "…, found …".
    var words: String {
        switch kind {
        case .mappingStart: "a mapping"
        case .sequenceStart: "a list"
        case .scalar: isNull ? "nothing" : style == .plain ? string.quoted : "the text \(string.quoted)"
        default: "nothing"
        }
    }
}

/// What is wrong with a `timeout`.
enum TimeoutProblem {
    case notATime, noUnit, outOfRange
}
