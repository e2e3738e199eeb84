import Synchronization

@testable import SnapkeepState

/// A disk that forgets what was not synced, and that fails where it is told to.
///
/// It is as forgetful as POSIX allows: data is durable after `sync` of its file, names after `syncFolder`, and names are kept in the
/// order in which they were made. After a failed `sync` the data counts as clean, as in the kernel: a later `sync` succeeds without it.
final class SimulatedDisk: FileSystem {
    /// What goes wrong, and at which call.
    enum Fault: Hashable, Sendable {
        case error(Int32)
        /// The write takes half of the bytes; other calls are left alone.
        case shortWrite
        /// This call and all later ones do nothing: the process is dead.
        case death
    }

    struct File: Sendable {
        var data: [UInt8] = []
        var durable: [UInt8] = []
        /// Up to here a later sync has nothing to write.
        var clean = 0
        var mode: UInt32 = 0o600
        var modified: Int64 = 0
    }

    struct State: Sendable {
        var files: [UInt64: File] = [:]
        /// The last is what the process sees, the first what is durable; in between, every change of a name since then.
        var names: [[String: UInt64]] = [[:]]
        var descriptors: [Int32: UInt64] = [:]
        var locked: [UInt64: Int32] = [:]
        var shared: [UInt64: Set<Int32>] = [:]
        var nextInode: UInt64 = 1
        var nextDescriptor: Int32 = 3
        var clock: Int64 = 1
        var faults: [Int: Fault] = [:]
        var isDead = false
        var log: [String] = []
        var links: [String: String] = [:]
        var refusesLinks = false
        var onCall: (@Sendable (Int, String) -> Void)?
    }

    let state: Mutex<State>

    init(_ state: State = State()) { self.state = Mutex(state) }

    convenience init(faults: [Int: Fault]) {
        var state = State()
        state.faults = faults
        self.init(state)
    }

    /// The calls so far.
    var log: [String] { state.withLock { $0.log } }

    /// What a path holds for the process.
    func bytes(_ path: String) -> [UInt8]? { state.withLock { state in state.names.last![path].map { state.files[$0]!.data } } }

    var paths: [String] { state.withLock { $0.names.last!.keys.sorted() } }

    func put(_ path: String, _ bytes: [UInt8], mode: UInt32 = 0o600) {
        state.withLock { state in
            let inode = state.nextInode
            state.nextInode += 1
            state.files[inode] = File(data: bytes, durable: bytes, clean: bytes.count, mode: mode)
            for index in state.names.indices { state.names[index][path] = inode }
        }
    }

    /// Takes names away for good, as other hands do.
    func remove(_ paths: String...) {
        state.withLock { state in
            for index in state.names.indices { for path in paths { state.names[index][path] = nil } }
        }
    }

    // MARK: After the end

    /// What the next process finds after this one died.
    func afterDeath() -> SimulatedDisk { restarted { $0.names = [$0.names.last!] } }

    /// What the machine may find after its power was cut: every choice of kept names and of kept data.
    func afterPowerLoss() -> [SimulatedDisk] {
        let count = state.withLock { $0.names.count }
        return (0..<count).flatMap { kept in
            [0, 1, 2].map { halves in
                restarted { state in
                    state.names = [state.names[kept]]
                    for (inode, file) in state.files {
                        let rest = file.data.count - file.durable.count
                        // Data that was cut off may be there again; data that was added may be there in part.
                        let data =
                            rest < 0 ? (halves == 2 ? file.data : file.durable) : Self.merge(file, file.durable.count + rest * halves / 2)
                        state.files[inode] = File(data: data, durable: data, clean: data.count, mode: file.mode, modified: file.modified)
                    }
                }
            }
        }
    }

    private static func merge(_ file: File, _ length: Int) -> [UInt8] {
        length <= file.durable.count ? file.durable : file.durable + file.data[file.durable.count..<length]
    }

    private func restarted(_ edit: (inout State) -> Void) -> SimulatedDisk {
        var copy = state.withLock { $0 }
        copy.descriptors = [:]
        copy.locked = [:]
        copy.shared = [:]
        copy.faults = [:]
        copy.isDead = false
        copy.log = []
        copy.onCall = nil
        edit(&copy)
        for (inode, file) in copy.files {
            copy.files[inode]!.durable = file.data
            copy.files[inode]!.clean = file.data.count
        }
        return SimulatedDisk(copy)
    }

    // MARK: Calls

    /// Counts a call, and lets it fail where that is wanted.
    @discardableResult
    private func enter(_ call: String, _ detail: String = "") throws(FileFailure) -> Fault? {
        let (number, hook) = state.withLock { state in
            state.log.append(detail.isEmpty ? call : "\(call) \(detail)")
            return (state.log.count, state.onCall)
        }
        hook?(number, call)
        let fault = state.withLock { state -> Fault? in
            if state.isDead { return .death }
            let fault = state.faults[number]
            if fault == .death { state.isDead = true }
            return fault
        }
        switch fault {
        case .error(let code): throw FileFailure(call: call, code: code)
        case .death: throw FileFailure(call: call, code: FileFailure.inputOutput)
        case .shortWrite, nil: return fault
        }
    }

    func open(_ path: String, _ mode: OpenMode) throws(FileFailure) -> Int32 {
        try enter("open", path)
        let result = state.withLock { state -> Result<Int32, FileFailure> in
            var names = state.names.last!
            if names[path] != nil && mode == .createNew { return .failure(FileFailure(call: "open", code: FileFailure.exists)) }
            if names[path] == nil {
                if mode == .read || mode == .update { return .failure(FileFailure(call: "open", code: FileFailure.notFound)) }
                names[path] = state.nextInode
                state.files[state.nextInode] = File()
                state.nextInode += 1
                state.names.append(names)
            }
            let descriptor = state.nextDescriptor
            state.nextDescriptor += 1
            state.descriptors[descriptor] = names[path]
            return .success(descriptor)
        }
        return try result.get()
    }

    func close(_ descriptor: Int32) {
        state.withLock { state in
            let inode = state.descriptors.removeValue(forKey: descriptor)
            if let inode, state.locked[inode] == descriptor { state.locked[inode] = nil }
            if let inode { state.shared[inode]?.remove(descriptor) }
        }
    }

    func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileFailure) -> Int {
        try enter("read")
        let data = state.withLock { $0.files[$0.descriptors[descriptor]!]!.data }
        let part = data.dropFirst(offset).prefix(buffer.count)
        buffer.copyBytes(from: part)
        return part.count
    }

    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(FileFailure) -> Int {
        let fault = try enter("write")
        let taken = Array(fault == .shortWrite ? bytes[..<(bytes.count / 2)] : bytes[...])
        state.withLock { state in
            state.clock += 1
            state.files[state.descriptors[descriptor]!]!.data += taken
            state.files[state.descriptors[descriptor]!]!.modified = state.clock
        }
        return taken.count
    }

    func overwrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(FileFailure) -> Int {
        let fault = try enter("write")
        let taken = Array(fault == .shortWrite ? bytes[..<(bytes.count / 2)] : bytes[...])
        state.withLock { state in
            let inode = state.descriptors[descriptor]!
            state.clock += 1
            state.files[inode]!.data = taken + state.files[inode]!.data.dropFirst(taken.count)
            state.files[inode]!.modified = state.clock
            // Nothing of it is durable in its old place.
            state.files[inode]!.clean = 0
        }
        return taken.count
    }

    func truncate(_ descriptor: Int32, to size: Int) throws(FileFailure) {
        try enter("ftruncate")
        state.withLock { state in
            let inode = state.descriptors[descriptor]!
            state.files[inode]!.data = Array(state.files[inode]!.data.prefix(size))
            state.files[inode]!.clean = min(state.files[inode]!.clean, size)
        }
    }

    func sync(_ descriptor: Int32) throws(FileFailure) {
        let inode = state.withLock { $0.descriptors[descriptor]! }
        do throws(FileFailure) {
            try enter("fsync")
        } catch {
            if error.code != FileFailure.interrupted { state.withLock { $0.files[inode]!.clean = $0.files[inode]!.data.count } }
            throw error
        }
        state.withLock { state in
            var file = state.files[inode]!
            // What was lost by a failed sync stays lost: zeros where it should be.
            var durable = Array(file.durable.prefix(file.data.count))
            durable += Array(repeating: 0, count: max(0, file.clean - durable.count))
            durable += file.data.dropFirst(durable.count)
            file.durable = durable
            file.clean = file.data.count
            state.files[inode] = file
        }
    }

    func syncFolder(_ path: String) throws(FileFailure) {
        try enter("fsync folder")
        state.withLock { $0.names = [$0.names.last!] }
    }

    func rename(_ from: String, to: String) throws(FileFailure) {
        try enter("rename", "\(from) \(to)")
        try change("rename") { names in
            guard let inode = names[from] else { return false }
            // POSIX: two names of one file are both left.
            if names[to] == inode { return true }
            names[from] = nil
            names[to] = inode
            return true
        }
    }

    func link(_ existing: String, at new: String) throws(FileFailure) {
        try enter("link", new)
        if state.withLock({ $0.refusesLinks }) { throw FileFailure(call: "link", code: 95) }
        try change("link") { names in
            guard let inode = names[existing], names[new] == nil else { return false }
            names[new] = inode
            return true
        }
    }

    func unlink(_ path: String) throws(FileFailure) {
        try enter("unlink", path)
        try change("unlink") { $0.removeValue(forKey: path) != nil }
    }

    private func change(_ call: String, _ edit: (inout [String: UInt64]) -> Bool) throws(FileFailure) {
        let done = state.withLock { state in
            var names = state.names.last!
            guard edit(&names) else { return false }
            state.names.append(names)
            return true
        }
        if !done { throw FileFailure(call: call, code: FileFailure.notFound) }
    }

    func status(_ path: String) throws(FileFailure) -> FileStatus? {
        try enter("stat", path)
        if path == "disk" { return FileStatus(kind: .folder, device: 1, inode: 0, size: 0, modified: 0, mode: 0o755, owner: 0, group: 0) }
        return state.withLock { state in
            state.names.last![path].map { inode in
                let file = state.files[inode]!
                return FileStatus(
                    kind: .regular, device: 1, inode: inode, size: file.data.count, modified: file.modified, mode: file.mode, owner: 0,
                    group: 0)
            }
        }
    }

    func status(_ descriptor: Int32) throws(FileFailure) -> FileStatus {
        try enter("fstat")
        return state.withLock { state in
            let inode = state.descriptors[descriptor]!
            let file = state.files[inode]!
            return FileStatus(
                kind: .regular, device: 1, inode: inode, size: file.data.count, modified: file.modified, mode: file.mode, owner: 0,
                group: 0)
        }
    }

    func linkTarget(_ path: String) -> String? { state.withLock { $0.links[path] } }

    func adopt(_ descriptor: Int32, _ status: FileStatus) throws(FileFailure) {
        try enter("fchmod")
        state.withLock { $0.files[$0.descriptors[descriptor]!]!.mode = status.mode }
    }

    func names(in folder: String) throws(FileFailure) -> [String] {
        try enter("opendir")
        return state.withLock { $0.names.last!.keys.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.count + 1)) } }
    }

    func tryLock(_ descriptor: Int32, _ kind: LockKind) throws(FileFailure) -> Bool {
        try enter("flock")
        return state.withLock { state in
            let inode = state.descriptors[descriptor]!
            if state.locked[inode] != nil { return false }
            switch kind {
            case .exclusive:
                if state.shared[inode]?.isEmpty == false { return false }
                state.locked[inode] = descriptor
            case .shared: state.shared[inode, default: []].insert(descriptor)
            }
            return true
        }
    }
}
