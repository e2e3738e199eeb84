import Glibc
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

/// Writes a file whole or not at all.
enum OutputFile {
    /// Replaces or makes the file: temporary file beside it, fsync, rename. An existing one keeps being whole whatever fails.
    ///
    /// - Parameter keepsMode: whether a file that is there keeps its permissions: somebody may have opened it to others on purpose.
    static func write(_ bytes: [UInt8], to path: String, keepsMode: Bool = false) throws {
        if InputFiles.isDirectory(path) { throw Failure(.error, .unwritable(path, EISDIR)) }
        if !isRegularOrAbsent(path) { return try writeThrough(bytes, to: path) }
        let (temporary, descriptor) = openTemporary(beside: path)
        guard descriptor >= 0 else { throw Failure(.error, .unwritable(path, errno)) }
        var problem = writeAll(bytes, to: descriptor)
        var status = stat()
        if keepsMode, stat(path, &status) == 0, fchmod(descriptor, status.st_mode & 0o777) != 0, problem == nil { problem = errno }
        if problem == nil, fsync(descriptor) != 0 { problem = errno }
        if close(descriptor) != 0, problem == nil { problem = errno }
        if problem == nil, rename(temporary, path) != 0 { problem = errno }
        if let problem {
            unlink(temporary)
            throw Failure(.error, .unwritable(path, problem))
        }
    }

    /// Puts other bytes into a file that somebody keeps: as a whole or not at all, with the permissions, the owner and the extended attributes
    /// that it has.
    ///
    /// - Parameter source: the file as it was read; one that was changed since then is left as it is.
    static func replace(_ source: SourceFile, with bytes: [UInt8]) throws {
        let path = source.name
        try checkReplaceable(path)
        try checkHasOneName(path)
        var status = stat()
        guard lstat(path, &status) == 0 else { throw Failure(.error, .unwritable(path, errno)) }
        let (temporary, descriptor) = openTemporary(beside: path)
        guard descriptor >= 0 else { throw Failure(.error, .unwritable(path, errno)) }
        var problem = writeAll(bytes, to: descriptor)
        // Only root can give a file away; the permissions come last, for that may take some away. Whose file it is must not change unasked.
        if problem == nil, status.st_uid != geteuid() || status.st_gid != getegid(), fchown(descriptor, status.st_uid, status.st_gid) != 0 {
            problem = errno
        }
        if problem == nil { problem = keepAttributes(of: path, in: descriptor) }
        if problem == nil, fchmod(descriptor, status.st_mode & 0o7777) != 0 { problem = errno }
        if problem == nil, fsync(descriptor) != 0 { problem = errno }
        if close(descriptor) != 0, problem == nil { problem = errno }
        if problem == nil, (try? InputFiles.read(path: path).bytes) != source.bytes {
            unlink(temporary)
            throw Failure(.error, .changedMeanwhile(path))
        }
        if problem == nil, rename(temporary, path) != 0 { problem = errno }
        if let problem {
            unlink(temporary)
            throw Failure(.error, .unwritable(path, problem))
        }
    }

    private static func keepAttributes(of path: String, in descriptor: Int32) -> Int32? {
        let source = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard source >= 0 else { return errno }
        defer { close(source) }
        return ExtendedAttributes.copy(from: source, to: descriptor)
    }

    /// Refuses a file that has further names: the others would go on naming the old text. To write into it instead could leave half a text
    /// behind.
    static func checkHasOneName(_ path: String) throws {
        var status = stat()
        if lstat(path, &status) == 0, status.st_nlink > 1 { throw Failure(.error, .severalNames(path, count: Int(status.st_nlink))) }
    }

    /// Refuses a path that is no plain file: a link would be replaced by what it leads to, or lead to a file that nobody named.
    static func checkReplaceable(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        switch status.st_mode & S_IFMT {
        case S_IFREG: if access(path, W_OK) != 0 { throw Failure(.error, .unwritable(path, errno)) }
        case S_IFLNK: throw Failure(.error, .linkToFile(path, target: InputFiles.resolved(path)))
        default: throw Failure(.error, .noPlainFile(path))
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
        let isDevice = stat(path, &target) == 0 && target.st_mode & S_IFMT == S_IFCHR
        if isDevice { return }
        let identity = FileIdentity(path)
        for other in others where path == other || identity != nil && FileIdentity(other) == identity {
            throw Failure(.usage, .ownFile(path))
        }
    }

    /// Refuses what belongs to another run, such as the sandbox's state, for nothing there can be made again; and a file that would become a
    /// part of the manifest: one of its kind in a folder that was named.
    static func check(_ path: String, isOutside manifests: [String]) throws {
        if InputFiles.isRegular(path), isOurs(path) { throw Failure(.usage, .ownFile(path)) }
        guard [".yaml", ".yml"].contains(where: path.hasSuffix) else { return }
        guard let place = FileIdentity(parentFolder(of: path)) else { return }
        if manifests.contains(where: { FileIdentity($0) == place }) { throw Failure(.usage, .ownFile(path)) }
    }

    /// Whether a file is a state, or one of those that stand beside it.
    private static func isOurs(_ path: String) -> Bool {
        if StatePaths.isBesideState(path) || CloudBinding.isSandboxData(path) { return true }
        let start = InputFiles.start(of: path, bytes: 256)
        return start.contains("\"snapkeep.") && !start.contains("\"snapkeep.plan\"")
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
            .error, code: "own-file", "this would replace a file that the run itself needs", at: .named(path),
            help: "give --out another name")
    }

    /// - Parameter path: the file that was asked for, never a temporary one beside it.
    static func unwritable(_ path: String, _ problem: Int32) -> Diagnostic {
        Diagnostic(
            .error, code: "unwritable", "cannot write the file: \(String(cString: strerror(problem)))", at: .named(path),
            notes: [.init("what stood there before is left as it was", at: .none)],
            help: VisibleText.escaped(FileProblem(errno: problem).remedy(for: path, .write)) + "; then run it again")
    }

    /// - Parameter target: where the link leads; `nil` where it leads nowhere.
    static func linkToFile(_ path: String, target: String?) -> Diagnostic {
        Diagnostic(
            .error, code: "is-a-link", "this is a link, and what it leads to is not changed unasked", at: .named(path),
            help: target.map { "name the file itself: 'snapkeep fmt -f \(VisibleText.escaped($0.quotedForShell))'" }
                ?? "name a file that is there")
    }

    static func severalNames(_ path: String, count: Int) -> Diagnostic {
        let name = VisibleText.escaped(path.quotedForShell)
        return Diagnostic(
            .error, code: "several-names",
            "this file has \(count) names (hard links), and the others would keep the text as it was", at: .named(path),
            notes: [.init("no file was changed", at: .none)],
            help: "make it a file of its own: 'cp -p -- \(name) \(name).new && mv -- \(name).new \(name)'; then run it again")
    }

    static func noPlainFile(_ path: String) -> Diagnostic {
        Diagnostic(
            .error, code: "no-plain-file", "this is no plain file, and cannot be replaced", at: .named(path),
            help: "give it to standard input: 'snapkeep fmt -f - < FILE'")
    }

    static func changedMeanwhile(_ path: String) -> Diagnostic {
        Diagnostic(
            .error, code: "changed-meanwhile", "somebody else has changed the file since it was read: it is left as it is",
            at: .named(path),
            help: "run it again")
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
