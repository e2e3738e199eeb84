public import SnapkeepCore

/// A saved plan's bytes: one JSON document, each change on a line of its own. `plan --format json` prints the same document, with the
/// `exit_code` that every document has on stdout, `size_to_create` and `size_to_delete` (`gib`, and `unknown`: how many have no known size) where there is any.
///
/// ```
/// {
///   "format": "snapkeep.plan",
///   "version": 1,
///   "id": "<SHA-256 of the document without this line>",
///   "title": "snapshots.yaml",
///   "basis": {"lineage","serial","first","owner","endpoint","project_id","refreshed","state_digest","reviewed_digest"},
///   "options": {"prune","recreate","only_changed_by_manifest" where it is so, "targets" where there are any},
///   "counts": {"declared","recorded","unchanged","left_out" where there are targets: what is to do beside them},
///   "summary": {"create","adopt" where there are any,"update","replace","await","settle","delete","expire" where there are any,"keep",
///     "lost"},
///   "volumes": [{"alias","id"}: what the manifest calls the volumes that a record, an open creation or a `volume_id` tells by the id],
///   "changed_outside": [{"key","id","fields"}: what others have changed, recorded value first],
///   "rotations": {"now","declared": [as the manifest has them],"left_out","nothing_expires","standings": [one rotation and volume a
///     line],"rules"}, where the manifest has any,
///   "diagnostics": [what was found when it was made, see `PlacedDiagnostic.write`],
///   "changes": [one a line, in the order in which they are carried out]
/// }
/// ```
/// A change has `action` (`create`, `adopt`, `update`, `replace`, `await`, `settle`, `delete`, `expire`, `keep`, `lost`), `key`, and by its action:
/// - `spec`: what the manifest wants: `key`, `name`, `volume` (`{"id"}`, `{"alias","id"}` or `{"alias","name"}`), `id` (of the
///   snapshot that stands for the line), `description`, `metadata`, `force`, `protect`, `timeout_seconds`.
/// - `adopts`: the id of the snapshot that is adopted: stamped and recorded, not created.
/// - `recorded`: the record as it stands in the state file.
/// - `fields`: the differences, each `{"field","from","to"}` with `field` one of `name`, `description`, `metadata` (with its `key`) and
///   `protect`; a side that is left out had or gets no value. Of an adoption they are known only where the cloud was looked at.
/// - `reason`: of a replacement `volume` (with `volume_from` and `volume_to`), `failed`, `being_deleted`, or `lost_` and the reason of the
///   loss; of what is kept `unlisted`, `superseded`, `protected`, `superseded_protected`,
///   `unstamped`, `busy` or `not_picked`; of what is lost `gone`, `gone_with_volume`,
///   `being_deleted`, `error_deleting` or `unusable`.
/// - `prune`: whether the replaced snapshot is deleted.
/// - `intent`: the open creation as it stands in the state file.
/// - `origin`: of a deletion `unlisted`, `superseded`, `under_way` or `gone`.
/// - `expiry`: why a rotation lets it go: `why` (`rules` with what each rule keeps instead, `max_age`, `failed`, `begun`), `by_edit`, `after`
///   (the key of the new one that must be good first) and `guards` (the ids that must be seen to be good first; `guards_when_full`
///   where it may go before the new one because the volume is full).
/// - `source`: where the manifest lists it: `file`, `line`, `column`, `end_line`, `end_column`; lines and columns from 1.
///
/// `state_digest` is `digest.header` of the state file that the plan was made from, or the one that it gets when a journal beside it is taken over
/// in: it binds the plan to all that the state says, where lineage and serial only count. Older plans lack it, and `volumes`.
/// `reviewed_digest` is the same of a state without what routine runs of the rotations change (`StateFile.reviewedDigest`): such a run
/// does not make the plan stale.
///
/// A field without a value is left out. Equal plans are equal bytes (P7).
public enum PlanFile {
    /// The text of `format`.
    public static let format = "snapkeep.plan"
    /// The version that is written and read.
    public static let version = 1

    /// The bytes of a plan.
    ///
    /// - Parameter exitCode: of the command that prints it; `nil` in a file.
    public static func encode(_ saved: SavedPlan, exitCode: Int? = nil) -> [UInt8] {
        bytes(of: saved, id: saved.id, exitCode.map { Printed(exitCode: $0, saved.plan) })
    }

    /// What a command that prints a plan tells beside it. It is no part of the file, nor of what the id is a digest of.
    public struct Printed: Hashable, Sendable {
        var exitCode: Int
        var createdSize: Plan.TotalSize?
        var deletedSize: Plan.TotalSize?

        /// What is told of a plan.
        ///
        /// - Parameter exitCode: of the command.
        public init(exitCode: Int, _ plan: Plan) {
            self.exitCode = exitCode
            (createdSize, deletedSize) = (plan.createdSize, plan.deletedSize)
        }
    }

    /// The bytes whose SHA-256 is the plan's id: the document without the line of the id.
    public static func canonicalBytes(of saved: SavedPlan) -> [UInt8] { bytes(of: saved, id: nil, nil) }

    /// The document that canonical bytes become with their id: a large plan is written once.
    ///
    /// - Parameter printed: what a command adds that prints the plan.
    public static func document(canonicalBytes bytes: [UInt8], id: PlanID, printed: Printed? = nil) -> [UInt8] {
        var writer = JSONWriter(capacity: 128)
        writer.beginObject()
        writer.line(.format) { $0.value(format) }
        writer.line(.version) { $0.value(version) }
        let shared = writer.bytes.count
        writer.line(.id) { $0.value(id.text) }
        if let printed { writer.lines(printed) }
        return Array(writer.bytes) + bytes[shared...]
    }

    private static func bytes(of saved: SavedPlan, id: PlanID?, _ printed: Printed?) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024 + saved.plan.changes.count * 480)
        writer.beginObject()
        writer.line(.format) { $0.value(Self.format) }
        writer.line(.version) { $0.value(Self.version) }
        if let id { writer.line(.id) { $0.value(id.text) } }
        if let printed { writer.lines(printed) }
        writer.line(.title) { $0.value(saved.title) }
        if let path = saved.statePath { writer.line(.state) { $0.value(path) } }
        writer.line(.basis) { $0.value(saved.plan.basis) }
        writer.line(.options) { writer in
            writer.beginObject()
            writer.field("prune", saved.options.prune)
            if saved.options.recreate { writer.field("recreate", true) }
            if saved.options.onlyChangedByManifest { writer.field(OptionField.onlyChangedByManifest.rawValue, true) }
            if !saved.options.targets.isEmpty { writer.field(OptionField.targets.rawValue, saved.options.targets.map(\.text)) }
            writer.endObject()
        }
        writer.line(.counts) { writer in
            writer.beginObject()
            writer.field("declared", saved.plan.declaredCount)
            writer.field("recorded", saved.plan.recordedCount)
            writer.field("unchanged", saved.plan.unchangedCount)
            writer.field(CountField.leftOut.rawValue, saved.plan.target?.leftOut)
            writer.endObject()
        }
        writer.line(.summary) { $0.value(saved.plan.summary) }
        if !saved.plan.aliases.isEmpty {
            let aliases = saved.plan.aliases.sorted { $0.key < $1.key }
            writer.lines(.volumes, aliases) { $1.value(VolumeReference.alias($0.value, $0.key)) }
        }
        if !saved.plan.drift.isEmpty { writer.lines(.changedOutside, saved.plan.drift) { $1.value($0) } }
        if let rotations = saved.plan.rotations { writer.line(.rotations) { $0.value(rotations) } }
        writer.lines(.diagnostics, saved.findings) { finding, writer in
            writer.beginObject()
            finding.write(to: &writer)
            writer.endObject()
        }
        writer.lines(.changes, saved.plan.changes) { $1.value($0, at: saved.places[$0.key]) }
        writer.endDocument()
        return writer.bytes
    }

    /// The plan that bytes say. They are not trusted; whether the id fits is for the caller to find out by `canonicalBytes(of:)`.
    ///
    /// - Throws: what the bytes are instead, or where they are damaged.
    public static func decode(_ bytes: [UInt8]) throws(StateFileProblem) -> SavedPlan {
        try FormatSniffing.check(bytes, format: Self.format, version: Self.version)
        do throws(JSONProblem) {
            return try bytes.withUnsafeBufferPointer { buffer throws(JSONProblem) in
                var reader = JSONReader(buffer)
                let saved = try reader.savedPlan()
                try reader.end()
                return saved
            }
        } catch {
            throw StateFileProblem(error, in: bytes)
        }
    }
}

enum PlanField: String, CaseIterable {
    case format, version, id
    case exitCode = "exit_code"
    case sizeToCreate = "size_to_create"
    case sizeToDelete = "size_to_delete"
    case title, state, basis, options, counts, summary, volumes
    case changedOutside = "changed_outside"
    case rotations
    case diagnostics, changes

    static let fields = JSONFields<PlanField>()
}

extension JSONWriter {
    fileprivate mutating func lines(_ printed: PlanFile.Printed) {
        line(.exitCode) { $0.value(printed.exitCode) }
        for (field, size) in [(PlanField.sizeToCreate, printed.createdSize), (.sizeToDelete, printed.deletedSize)] {
            guard let size else { continue }
            line(field) { writer in
                writer.beginObject()
                writer.field("gib", size.gibibytes)
                if size.unknown > 0 { writer.field("unknown", size.unknown) }
                writer.endObject()
            }
        }
    }

    fileprivate mutating func line(_ field: PlanField, _ write: (inout JSONWriter) -> Void) {
        breakLine(indent: 2)
        key(field.rawValue)
        write(&self)
    }

    fileprivate mutating func lines<Element>(_ field: PlanField, _ elements: [Element], _ write: (Element, inout JSONWriter) -> Void) {
        lines(field.rawValue, elements, write)
    }
}
