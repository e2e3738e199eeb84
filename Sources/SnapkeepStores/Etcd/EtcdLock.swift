import SnapkeepCore
import SnapkeepState

/// What `PREFIX/lock` says: who holds it. When the holder was heard of last is told by its lease, and what proves that somebody holds it is the
/// revision at which the key was made.
enum EtcdLock {
    private static let format = "snapkeep.lock"

    private enum Field: String, CaseIterable {
        case format, command, pid, host, user, since, pipeline, run
    }

    static func encode(_ run: RunInfo) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.field(Field.format.rawValue, format)
        writer.field(Field.command.rawValue, run.command)
        writer.field(Field.pid.rawValue, run.pid)
        writer.field(Field.host.rawValue, run.host)
        writer.field(Field.user.rawValue, run.user)
        writer.field(Field.since.rawValue, run.startedAt)
        writer.field(Field.pipeline.rawValue, run.pipeline)
        writer.field(Field.run.rawValue, run.run.text)
        writer.endObject()
        return writer.bytes
    }

    /// The holder; fields of newer programs are passed over, and what cannot be read is told as unknown: the lock is held all the same.
    static func holder(_ found: EtcdKeyValue, heartbeat: Timestamp?) -> LockHolder {
        var holder = LockHolder(command: "a run", heartbeat: heartbeat, token: String(found.createRevision))
        found.value.withUnsafeBufferPointer { buffer in
            var reader = JSONReader(buffer)
            try? read(&reader, into: &holder)
        }
        // Etcd tells whole seconds of a lease: a renewal seems to lie by one of them earlier or later, and never before the run.
        if let heartbeat {
            let whole = Timestamp(microseconds: heartbeat.microseconds - heartbeat.microseconds % 1_000_000)
            holder.heartbeat = max(whole, holder.since ?? whole)
        }
        return holder
    }

    private static func read(_ reader: inout JSONReader, into holder: inout LockHolder) throws(JSONProblem) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            if key.isEqual(to: Field.command.rawValue) {
                holder.command = try reader.string()
            } else if key.isEqual(to: Field.pid.rawValue) {
                holder.pid = try reader.int()
            } else if key.isEqual(to: Field.host.rawValue) {
                holder.host = try reader.string()
            } else if key.isEqual(to: Field.user.rawValue) {
                holder.user = try reader.string()
            } else if key.isEqual(to: Field.since.rawValue) {
                holder.since = Timestamp(try reader.string()) ?? holder.since
            } else if key.isEqual(to: Field.pipeline.rawValue) {
                holder.pipeline = try reader.string()
            } else {
                try reader.skip()
            }
        }
    }
}
