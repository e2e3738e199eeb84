import SnapkeepCore

/// A system call that failed.
struct FileFailure: Error, Hashable, Sendable {
    /// The call's name: `fsync`.
    var call: String
    /// `errno`.
    var code: Int32
    /// Where the file is larger than what is read.
    var excess: FileExcess?
}

/// What a file is opened for. Every descriptor is closed on exec. A symbolic link is not followed (the state's own path is resolved before),
/// and a pipe is not waited for.
enum OpenMode: Hashable, Sendable {
    case read
    /// Must not exist yet; every write goes to the end. Made with mode 0600.
    case createNew
    /// Made with mode 0600 where it does not exist; every write goes to the end.
    case append
    /// Read and written; made with mode 0600 where it does not exist.
    case lock
    /// Read and written; must exist.
    case update
}

/// How the kernel's lock is taken.
enum LockKind: Hashable, Sendable {
    /// By whoever writes.
    case exclusive
    /// By whoever only wants to know whether somebody writes: any number of them at a time.
    case shared
}

/// What the store needs to know of a file.
struct FileStatus: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case regular, folder, other }

    var kind: Kind
    var device: UInt64
    var inode: UInt64
    var size: Int
    /// Nanoseconds since 1970.
    var modified: Int64
    var mode: UInt32
    var owner: UInt32
    var group: UInt32
}

/// The file calls of the store, one system call each, so that a test can let any of them fail and can take the power away between two.
protocol FileSystem: Sendable {
    func open(_ path: String, _ mode: OpenMode) throws(FileFailure) -> Int32
    func close(_ descriptor: Int32)
    /// Bytes from an offset; 0 at the end.
    func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileFailure) -> Int
    /// How many bytes were written: maybe fewer than given.
    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(FileFailure) -> Int
    /// Writes bytes over what stands at the beginning of a file that was opened as a lock.
    func overwrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(FileFailure) -> Int
    func truncate(_ descriptor: Int32, to size: Int) throws(FileFailure)
    func sync(_ descriptor: Int32) throws(FileFailure)
    /// Makes the names in a folder durable.
    func syncFolder(_ path: String) throws(FileFailure)
    func rename(_ from: String, to: String) throws(FileFailure)
    func link(_ existing: String, at new: String) throws(FileFailure)
    func unlink(_ path: String) throws(FileFailure)
    /// Of what a path leads to, through links; `nil` where there is nothing.
    func status(_ path: String) throws(FileFailure) -> FileStatus?
    /// Of an open file.
    func status(_ descriptor: Int32) throws(FileFailure) -> FileStatus
    /// What a symbolic link says; `nil` when the path is none.
    func linkTarget(_ path: String) -> String?
    /// Gives a file the permissions of another, and its owner where that is allowed.
    func adopt(_ descriptor: Int32, _ status: FileStatus) throws(FileFailure)
    func names(in folder: String) throws(FileFailure) -> [String]
    /// Takes the kernel's lock; `false` when another open file holds one that excludes it.
    func tryLock(_ descriptor: Int32, _ kind: LockKind) throws(FileFailure) -> Bool
}

extension FileSystem {
    /// Repeats a call that a signal interrupted: nothing was done then.
    func retrying<Value>(_ call: () throws(FileFailure) -> Value) throws(FileFailure) -> Value {
        while true {
            do throws(FileFailure) { return try call() } catch { if error.code != FileFailure.interrupted { throw error } }
        }
    }

    /// The whole of a file; `nil` where there is none.
    ///
    /// - Parameters:
    ///   - limit: how many bytes it may have.
    ///   - step: how many bytes are read at once: room is made for what was read, not for what the size promises.
    /// - Throws: also when it is no regular file, or is larger than that.
    func contents(of path: String, limit: Int = FileLimit.whole, step: Int = 64 << 20) throws(FileFailure) -> [UInt8]? {
        guard let status = try retrying({ () throws(FileFailure) in try self.status(path) }) else { return nil }
        // Looked at before it is opened: opening a pipe would wait for its other end.
        guard status.kind == .regular else { throw FileFailure(call: "read", code: FileFailure.isFolder) }
        if status.size > limit { throw .tooLarge(status.size, limit) }
        let descriptor: Int32
        do throws(FileFailure) {
            descriptor = try retrying { () throws(FileFailure) in try open(path, .read) }
        } catch {
            if error.code == FileFailure.notFound { return nil }
            throw error
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        // One byte more than the size, so that the end shows itself without another allocation.
        var room = min(status.size + 1, step)
        while true {
            let (chunk, isFull) = try chunk(of: descriptor, at: bytes.count, room: room)
            if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
            // It may have grown since it was looked at.
            if bytes.count > limit { throw .tooLarge(bytes.count, limit) }
            if !isFull { return bytes }
            room = max(min(status.size + 1 - bytes.count, step), min(step, 65_536))
        }
    }

    /// The whole of a file beside a state; `nil` where there is none.
    ///
    /// - Throws: `StateFault` also where it is a link: none of ours is one.
    func ownContents(of path: String) throws(StateFault) -> [UInt8]? {
        if linkTarget(path) != nil { throw .notOurs(path: path) }
        do throws(FileFailure) { return try contents(of: path) } catch { throw StateFault(error, path: path, .read) }
    }

    /// Whether a path leads to an open file.
    func isAt(_ path: String, _ descriptor: Int32) throws(FileFailure) -> Bool {
        guard let there = try retrying({ () throws(FileFailure) in try status(path) }) else { return false }
        return there.isSameFile(as: try retrying { () throws(FileFailure) in try status(descriptor) })
    }

    /// Whether another open file holds the lock of what a path leads to.
    func isHeld(_ path: String) throws(FileFailure) -> Bool {
        let descriptor: Int32
        do throws(FileFailure) { descriptor = try openToProbe(path) } catch {
            if error.code == FileFailure.notFound { return false }
            throw error
        }
        // Closing it gives the lock back. Shared: two that only look must not take each other for a holder.
        defer { close(descriptor) }
        return try !retrying { () throws(FileFailure) in try tryLock(descriptor, .shared) }
    }

    /// For writing where that is allowed, for the locks of network file systems ask for it.
    private func openToProbe(_ path: String) throws(FileFailure) -> Int32 {
        do throws(FileFailure) {
            return try retrying { () throws(FileFailure) in try open(path, .update) }
        } catch {
            guard error.code == FileFailure.notPermitted || error.code == FileFailure.readOnly else { throw error }
            return try retrying { () throws(FileFailure) in try open(path, .read) }
        }
    }

    /// The first bytes of a file that is known to be a regular one.
    func beginning(of path: String, count: Int = FileLimit.page) throws(FileFailure) -> [UInt8] {
        let descriptor = try retrying { () throws(FileFailure) in try open(path, .read) }
        defer { close(descriptor) }
        return try chunk(of: descriptor, at: 0, room: count).0
    }

    private func chunk(of descriptor: Int32, at start: Int, room: Int) throws(FileFailure) -> ([UInt8], isFull: Bool) {
        var failure: FileFailure?
        var count = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: room) { buffer, initialized in
            do throws(FileFailure) {
                while count < room {
                    let rest = UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: buffer[count..<room]))
                    let got = try retrying { () throws(FileFailure) in try read(descriptor, into: rest, at: start + count) }
                    if got == 0 { break }
                    count += got
                }
            } catch {
                failure = error
            }
            initialized = count
        }
        if let failure { throw failure }
        return (chunk, count == room)
    }

    /// Which boot of the machine this is; `nil` where it does not say.
    var boot: String? {
        ((try? contents(of: "/proc/sys/kernel/random/boot_id", limit: FileLimit.line)) ?? nil).map { bytes in
            String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
        }
    }

    /// Writes all bytes, in as many calls as it takes.
    func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) throws(FileFailure) {
        try bytes.withUnsafeBufferPointer { buffer throws(FileFailure) in
            var done = 0
            while done < buffer.count {
                let rest = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: buffer[done...]))
                let written = try retrying { () throws(FileFailure) in try write(descriptor, rest) }
                if written == 0 { throw FileFailure(call: "write", code: FileFailure.noSpace) }
                done += written
            }
        }
    }
}

extension FileStatus {
    /// Whether both are of the same file.
    func isSameFile(as other: FileStatus) -> Bool { device == other.device && inode == other.inode }
}
