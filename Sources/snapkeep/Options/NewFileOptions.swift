import ArgumentParser
import SnapkeepCore
import SnapkeepRendering

/// The file that a command writes what it makes to, unless that goes to standard output.
struct NewFileOptions: ParsableArguments {
    @Option(
        name: .customLong("out"), help: ArgumentHelp("The file to write. Default: standard output.", valueName: "file"),
        completion: Completions.anyFile)
    var out: String?

    @Flag(name: .customLong("force"), help: "Replace the file when it exists.")
    var force = false

    /// The file, where it is not standard output.
    var file: String? { out == "-" ? nil : out }

    /// Refuses a file that is there, unless it may be replaced: before anything is asked for that could be in vain.
    func checkIsNew() throws {
        if let file, !force, InputFiles.exists(file) {
            throw Failure(.error, .alreadyThere(file, help: "name another file, or add --force to replace it"))
        }
    }

    /// Writes it; one that has come meanwhile is replaced only where that was asked for.
    func write(_ bytes: [UInt8], to file: String) throws {
        if force { try OutputFile.write(bytes, to: file) } else { try OutputFile.create(bytes, at: file) }
    }
}
