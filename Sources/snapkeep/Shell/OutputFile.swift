import Glibc
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

/// Writes a file whole or not at all.
enum OutputFile {
    /// Replaces or makes the file: temporary file beside it, fsync, rename. An existing one keeps being whole whatever fails.
    static func write(_ bytes: [UInt8], to path: String) throws {
        if InputFiles.isDirectory(path) { throw Failure(.error, .unwritable(path, EISDIR)) }
        if !isRegularOrAbsent(path) { return try writeThrough(bytes, to: path) }
        let (temporary, descriptor) = openTemporary(beside: path)
        guard descriptor >= 0 else { throw Failure(.error, .unwritable(path, errno)) }
        var problem = writeAll(bytes, to: descriptor)
        if problem == nil, fsync(descriptor) != 0 { problem = errno }
        if close(descriptor) != 0, problem == nil { problem = errno }
        if problem == nil, rename(temporary, path) != 0 { problem = errno }
        if let problem {
            unlink(temporary)
            throw Failure(.error, .unwritable(path, problem))
        }
    }

    /// A new file beside another one. What a run that died has left there under the same name is passed over.
    private static func openTemporary(beside path: String) -> (path: String, descriptor: Int32) {
        var descriptor: Int32 = -1
        var temporary = path
        for number in 0..<10 {
            temporary = "\(path).\(getpid())\(number == 0 ? "" : "-\(number)").tmp"
            descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
            if descriptor >= 0 || errno != EEXIST { break }
        }
        return (temporary, descriptor)
    }

    /// Refuses a path in whose folder no file can be made; where a path is a link, its target's folder counts.
    static func checkFolder(of path: String) throws {
        if access(parentFolder(of: InputFiles.resolved(path) ?? path), W_OK | X_OK) != 0 { throw Failure(.error, .unwritable(path, errno)) }
    }

    /// Refuses a path that is one of a run's own files.
    static func check(_ path: String, isNoneOf others: [String]) throws {
        var target = stat()
        let exists = stat(path, &target) == 0
        for other in others {
            var status = stat()
            let isSame =
                path == other || (exists && stat(other, &status) == 0 && status.st_dev == target.st_dev && status.st_ino == target.st_ino)
            if isSame && !(exists && target.st_mode & S_IFMT == S_IFCHR) { throw Failure(.usage, .ownFile(path)) }
        }
    }

    /// Makes a file that must not be there yet.
    static func create(_ bytes: [UInt8], at path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            let problem = errno
            if InputFiles.isDirectory(path) { throw Failure(.error, .folderThere(path)) }
            throw Failure(.error, problem == EEXIST ? .alreadyThere(path) : .unwritable(path, problem))
        }
        var problem = writeAll(bytes, to: descriptor)
        if close(descriptor) != 0, problem == nil { problem = errno }
        if let problem {
            unlink(path)
            throw Failure(.error, .unwritable(path, problem))
        }
    }

    /// A pipe or a device such as `/dev/stdout` cannot be replaced, only written to.
    private static func writeThrough(_ bytes: [UInt8], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure(.error, .unwritable(path, errno)) }
        var problem = writeAll(bytes, to: descriptor)
        if close(descriptor) != 0, problem == nil { problem = errno }
        if let problem { throw Failure(.error, .unwritable(path, problem)) }
    }

    private static func isRegularOrAbsent(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
        var offset = 0
        while offset < bytes.count {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + offset, $0.count - offset) }
            if written >= 0 { offset += written } else if errno != EINTR { return errno }
        }
        return nil
    }
}

extension Diagnostic {
    static func ownFile(_ path: String) -> Diagnostic {
        Diagnostic(
            .error, code: "own-file", "the plan would replace a file that the run itself needs", at: .named(path),
            help: "give --out another name")
    }

    /// - Parameter path: the file that was asked for, never a temporary one beside it.
    static func unwritable(_ path: String, _ problem: Int32) -> Diagnostic {
        Diagnostic(
            .error, code: "unwritable", "cannot write the file: \(String(cString: strerror(problem)))", at: .named(path),
            notes: [.init("what stood there before is left as it was", at: .none)],
            help: VisibleText.escaped(FileProblem(errno: problem).remedy(for: path, .write)) + "; then run it again")
    }

    static func folderThere(_ path: String) -> Diagnostic {
        Diagnostic(.error, code: "is-a-folder", "this is a folder", at: .named(path), help: "name a file in it: 'snapkeep init FILE'")
    }

    static func alreadyThere(_ path: String, help: String = "name another file: 'snapkeep init FILE'") -> Diagnostic {
        Diagnostic(
            .error, code: "already-there", "the file exists already and is left as it is", at: .named(VisibleText.escaped(path)), help: help
        )
    }
}
