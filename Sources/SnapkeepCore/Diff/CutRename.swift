/// A rename that was cut short between the stamp in the cloud and the record: the stamp has the new key, the record the old one. Making the
/// new key would make a second snapshot with that stamp (P1).
public struct CutRename: Hashable, Sendable {
    /// As recorded.
    public var old: SnapshotKey
    /// As the stamp says.
    public var new: SnapshotKey
    public var id: SnapshotID

    /// One of its parts.
    public init(old: SnapshotKey, new: SnapshotKey, id: SnapshotID) {
        self.old = old
        self.new = new
        self.id = id
    }

    /// What a recorded snapshot shows of such a rename; `nil` unless owner and attempt are those of the record and only the key differs.
    public init?(_ observed: ObservedSnapshot, of record: SnapshotRecord, owner: String) {
        guard !owner.isEmpty, let stamp = Stamp(in: observed.metadata), stamp.owner.hasSameBytes(as: owner),
            stamp.attempt == record.attempt?.text, !stamp.key.hasSameBytes(as: record.key.text), let new = try? SnapshotKey(stamp.key)
        else { return nil }
        self.init(old: record.key, new: new, id: record.id)
    }
}
