import Glibc

/// The file calls of this machine.
struct KernelFileSystem: FileSystem {
    func open(_ path: String, _ mode: OpenMode) throws(FileFailure) -> Int32 {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .createNew: O_WRONLY | O_CREAT | O_EXCL | O_APPEND
            case .append: O_WRONLY | O_CREAT | O_APPEND
            case .lock: O_RDWR | O_CREAT
            case .update: O_RDWR
            }
        return try checked("open", posixOpen(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600))
    }

    func close(_ descriptor: Int32) { _ = posixClose(descriptor) }

    func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileFailure) -> Int {
        try checked("read", pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset)))
    }

    func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(FileFailure) -> Int {
        try checked("write", posixWrite(descriptor, bytes.baseAddress, bytes.count))
    }

    func overwrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) throws(FileFailure) -> Int {
        try checked("write", pwrite(descriptor, bytes.baseAddress, bytes.count, 0))
    }

    func truncate(_ descriptor: Int32, to size: Int) throws(FileFailure) { try check("ftruncate", ftruncate(descriptor, off_t(size))) }

    // Not `fdatasync`: it spares the inode only when the size stays, and every line makes the journal longer.
    func sync(_ descriptor: Int32) throws(FileFailure) { try check("fsync", fsync(descriptor)) }

    func syncFolder(_ path: String) throws(FileFailure) {
        let descriptor = try checked("open", posixOpen(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0))
        defer { close(descriptor) }
        try check("fsync", fsync(descriptor))
    }

    func rename(_ from: String, to: String) throws(FileFailure) { try check("rename", posixRename(from, to)) }
    func link(_ existing: String, at new: String) throws(FileFailure) { try check("link", posixLink(existing, new)) }
    func unlink(_ path: String) throws(FileFailure) { try check("unlink", posixUnlink(path)) }

    func status(_ path: String) throws(FileFailure) -> FileStatus? {
        var found = stat()
        guard stat(path, &found) == 0 else {
            if errno == ENOENT { return nil }
            throw FileFailure(call: "stat", code: errno)
        }
        return FileStatus(found)
    }

    func status(_ descriptor: Int32) throws(FileFailure) -> FileStatus {
        var found = stat()
        try check("fstat", fstat(descriptor, &found))
        return FileStatus(found)
    }

    func linkTarget(_ path: String) -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = buffer.withUnsafeMutableBytes { readlink(path, $0.bindMemory(to: CChar.self).baseAddress!, $0.count) }
        return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    func adopt(_ descriptor: Int32, _ status: FileStatus) throws(FileFailure) {
        // Only root may give a file away; for others a differing owner stays theirs.
        _ = fchown(descriptor, status.owner, status.group)
        try check("fchmod", fchmod(descriptor, status.mode))
    }

    func names(in folder: String) throws(FileFailure) -> [String] {
        guard let stream = opendir(folder) else { throw FileFailure(call: "opendir", code: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            names.append(withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }

    func tryLock(_ descriptor: Int32, _ kind: LockKind) throws(FileFailure) -> Bool {
        let operation =
            switch kind {
            case .exclusive: LOCK_EX
            case .shared: LOCK_SH
            }
        if flock(descriptor, operation | LOCK_NB) == 0 { return true }
        if errno == EWOULDBLOCK { return false }
        throw FileFailure(call: "flock", code: errno)
    }

    private func check(_ call: String, _ result: Int32) throws(FileFailure) {
        if result != 0 { throw FileFailure(call: call, code: errno) }
    }

    private func checked<Number: SignedInteger>(_ call: String, _ result: Number) throws(FileFailure) -> Number {
        if result < 0 { throw FileFailure(call: call, code: errno) }
        return result
    }
}

// Named apart from the methods of the same name.
private func posixOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 { open(path, flags, mode) }
private func posixClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
private func posixWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int { write(descriptor, bytes, count) }
private func posixRename(_ from: String, _ to: String) -> Int32 { rename(from, to) }
private func posixLink(_ from: String, _ to: String) -> Int32 { link(from, to) }
private func posixUnlink(_ path: String) -> Int32 { unlink(path) }

extension FileStatus {
    fileprivate init(_ found: stat) {
        let kind: Kind =
            switch found.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .folder
            default: .other
            }
        self.init(
            kind: kind, device: UInt64(found.st_dev), inode: UInt64(found.st_ino), size: Int(found.st_size),
            modified: Int64(found.st_mtim.tv_sec) * 1_000_000_000 + Int64(found.st_mtim.tv_nsec), mode: found.st_mode & 0o777,
            owner: found.st_uid, group: found.st_gid)
    }
}

extension FileFailure {
    static let interrupted = EINTR
    static let notFound = ENOENT
    static let exists = EEXIST
    static let isFolder = EISDIR
    static let notPermitted = EACCES
    static let readOnly = EROFS
    static let noSpace = ENOSPC
    static let inputOutput = EIO

    /// Larger than what is read.
    static func tooLarge(_ size: Int, _ limit: Int) -> FileFailure {
        FileFailure(call: "read", code: EFBIG, excess: FileExcess(size: size, limit: limit))
    }

    /// Whether the file system has no hard links, or not for this file.
    var meansNoLinks: Bool { [EPERM, ENOTSUP, EOPNOTSUPP, ENOSYS, EMLINK, EXDEV].contains(code) }

    /// The system's own words: `No space left on device`.
    var words: String { String(cString: strerror(code)) }

    /// The call and the system's own words: `fsync: No space left on device`.
    var message: String { "\(call): \(words)" }
}
