import Glibc
import SnapkeepCore
import SnapkeepRendering
import SnapkeepState

/// Reads what the user named: files, folders and standard input.
enum InputFiles {
    /// The manifest's file name where none is given.
    static let defaultManifest = "snapshots.yaml"

    /// Whether a manifest stands where one is looked for without `-f`.
    static var hasDefaultManifest: Bool { access(defaultManifest, F_OK) == 0 }

    /// How much of a file is read, and what to do where it has more.
    struct Bound {
        /// The most bytes.
        var bytes: Int
        var help: String

        /// Of a manifest (Manifest#yaml), and of settings.
        static let manifest = Bound(
            bytes: 256 << 20, help: "name a smaller file; a manifest may be split into several, one '-f FILE' for each")
        /// Of a saved plan: one of 1,000,000 changes has about a quarter of it.
        static let plan = Bound(bytes: 2 << 30, help: "name the file that 'snapkeep plan --out FILE' has written")
        /// Of a state that is no store of its own: one of 1,000,000 snapshots has about a quarter of it.
        static let state = Bound(bytes: 2 << 30, help: "name the file of a state: an apply keeps one, and 'snapkeep state pull' writes one")
    }

    /// The sources behind `-f` arguments, in their order; a folder stands for its `*.yaml` and `*.yml`, sorted by path.
    static func manifests(_ arguments: [String]) throws -> [SourceFile] {
        var sources: [SourceFile] = []
        for argument in arguments.isEmpty ? [defaultManifest] : arguments {
            if argument == "-" {
                sources.append(SourceFile(name: "<stdin>", bytes: try read(descriptor: 0, name: "<stdin>")))
            } else if isDirectory(argument) {
                let files = try yamlFiles(in: argument)
                guard !files.isEmpty else { throw Failure(.error, .noManifestInFolder(argument)) }
                for file in files { sources.append(try read(path: file, isDefault: false)) }
            } else {
                sources.append(try read(path: argument, isDefault: arguments.isEmpty))
            }
        }
        return sources
    }

    /// The whole of one file.
    static func read(path: String, isDefault: Bool = false, within bound: Bound = .manifest) throws -> SourceFile {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { throw Failure(.error, isDefault ? .noDefaultManifest(path) : .noSuchFile(path)) }
            throw Failure(.error, .unreadable(path, errno))
        }
        defer { close(descriptor) }
        if isDirectory(path) { throw Failure(.error, .unreadable(path, EISDIR)) }
        return SourceFile(name: path, bytes: try read(descriptor: descriptor, name: path, within: bound))
    }

    /// How many bytes are read at once: room is made for what was read, not for what the size promises.
    private static let step = 64 << 20

    private static func read(descriptor: Int32, name: String, within bound: Bound = .manifest) throws -> [UInt8] {
        var status = stat()
        let known = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : 0
        // Looked at first: a file of 2 TiB may take no room on the disk, and would take it in memory.
        if known > bound.bytes { throw Failure(.error, .tooLarge(name, bound)) }
        // One byte more than the size, so that the end shows itself without another allocation.
        var capacity = min(known, step) + 1
        var bytes: [UInt8] = []
        while true {
            var count = 0
            var problem: Int32 = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: max(capacity, 65_536)) { buffer, initialized in
                while count < buffer.count {
                    // A signal must end the program also while it waits for a person or a pipe.
                    if descriptor == 0 {
                        do { try StopSignals.shared.awaitInput(on: 0) } catch {
                            problem = ECANCELED
                            break
                        }
                    }
                    let got = Glibc.read(descriptor, buffer.baseAddress! + count, buffer.count - count)
                    if got < 0 && errno == EINTR { continue }
                    if got < 0 { problem = errno }
                    if got <= 0 { break }
                    count += got
                }
                initialized = count
            }
            if problem != 0 { throw Failure(.error, .unreadable(name, problem)) }
            let isFull = chunk.count == max(capacity, 65_536)
            if bytes.isEmpty { bytes = chunk } else { bytes += chunk }
            if bytes.count > bound.bytes { throw Failure(.error, .tooLarge(name, bound)) }
            if !isFull { return bytes }
            capacity = min(bytes.count, step)
        }
    }

    /// The path of what is there, without links; `nil` where nothing is.
    static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// What the first bytes of a plain file say; nothing where it cannot be read.
    static func start(of path: String, bytes most: Int) -> String {
        guard isRegular(path), let file = fopen(path, "re") else { return "" }
        defer { fclose(file) }
        var start = [UInt8](repeating: 0, count: most)
        let count = fread(&start, 1, most, file)
        return String(decoding: start.prefix(count), as: UTF8.self)
    }

    /// Whether a path leads to a plain file: reading of anything else may wait, or take away what it gives.
    static func isRegular(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0
    }

    private static func yamlFiles(in folder: String) throws -> [String] {
        guard let stream = opendir(folder) else { throw Failure(.error, .unreadable(folder, errno, isFolder: true)) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if !name.hasPrefix("."), name.hasSuffix(".yaml") || name.hasSuffix(".yml") { names.append(name) }
        }
        let base = folder.hasSuffix("/") ? folder : folder + "/"
        return names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }.map { base + $0 }.filter { !isDirectory($0) }
    }

    /// The state's path where none is given: beside the first manifest.
    static func defaultState(for arguments: [String], sandbox: Bool = false) -> String {
        let name = sandbox ? "snapkeep.sandbox.json" : "snapkeep.state.json"
        guard let first = arguments.first, first != "-" else { return name }
        if isDirectory(first) { return (first.hasSuffix("/") ? first : first + "/") + name }
        guard let slash = first.lastIndex(of: "/") else { return name }
        return String(first[...slash]) + name
    }
}

extension Diagnostic {
    static func noDefaultManifest(_ path: String) -> Diagnostic {
        let other = path.replacing(".yaml", with: ".yml")
        return Diagnostic(
            .error, code: "no-manifest", "there is no manifest here", at: .named(path),
            help: access(other, F_OK) == 0
                ? "there is '\(other)': name it with '-f \(other)', or rename it"
                : "run 'snapkeep init' to write a commented one, or name yours with '-f FILE'")
    }

    static func noSuchFile(_ path: String) -> Diagnostic {
        Diagnostic(
            .error, code: "no-such-file", "there is no such file", at: .named(path),
            help: "correct the path: 'ls -l \(VisibleText.escaped(parentFolder(of: path).quotedForShell))' shows what is there")
    }

    static func noManifestInFolder(_ path: String) -> Diagnostic {
        Diagnostic(
            .error, code: "no-manifest", "the folder holds no '*.yaml' or '*.yml' file", at: .named(path),
            help: "name the files one by one with '-f FILE'; folders inside it are not searched")
    }

    /// A file or folder that somebody named; for standard input the path is `<stdin>`.
    static func unreadable(_ path: String, _ problem: Int32, isFolder: Bool = false) -> Diagnostic {
        let what = isFolder ? "cannot list the folder" : path == "<stdin>" ? "cannot read standard input" : "cannot read the file"
        let remedy =
            path == "<stdin>"
            ? "pipe a manifest in, as in 'snapkeep plan -f - < snapshots.yaml', or name a file with '-f FILE'"
            : VisibleText.escaped(FileProblem(errno: problem).remedy(for: path, .read)) + "; then run it again"
        return Diagnostic(.error, code: "unreadable", "\(what): \(String(cString: strerror(problem)))", at: .named(path), help: remedy)
    }

    static func tooLarge(_ path: String, _ bound: InputFiles.Bound) -> Diagnostic {
        Diagnostic(.error, code: "too-large", "the file is larger than \(bound.bytes >> 20) MiB", at: .named(path), help: bound.help)
    }
}
