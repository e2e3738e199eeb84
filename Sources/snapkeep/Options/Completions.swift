import ArgumentParser
import Glibc
import SnapkeepCloud
import SnapkeepCore
import SnapkeepManifest
import SnapkeepRendering
import SnapkeepState

/// What a shell offers where a value is to be typed. Whatever cannot be read offers nothing: nobody reads a finding between two keystrokes.
enum Completions {
    static let anyFile = CompletionKind.file()
    /// The recorded keys.
    static let keys = CompletionKind.custom { words, _, prefix in await recordedKeys(words, prefix) }

    /// The entries of `clouds.yaml`.
    static let clouds = CompletionKind.custom { _, _, prefix in offered(cloudNames(), prefix) }

    /// So many are offered: a shell that lists more helps nobody.
    private static let most = 1000
    /// A larger file is not read between two keystrokes.
    private static let longestFile = 1 << 20

    /// What may be offered. Shells expand what they are offered: a word that is more than letters, digits and a few signs could run a command,
    /// and would complete to something else.
    static func offered(_ words: some Sequence<String>, _ prefix: String) -> [String] {
        func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "._@/:+,=-".utf8.contains(byte)
            }
        }
        return Array(words.lazy.filter { $0.hasPrefix(prefix) && !$0.hasPrefix("-") && $0.utf8.allSatisfy(isPlain) }.prefix(most))
    }

    private static func cloudNames() -> [String] {
        for path in SettingsSearch(.current()).clouds.paths where access(path, R_OK) == 0 {
            var status = stat()
            // Whatever is no plain file might keep the shell waiting.
            guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= longestFile,
                let file = try? InputFiles.read(path: path), let tree = try? SettingsTree.read(file)
            else { return [] }
            return tree["clouds"]?.members.map(\.key) ?? []
        }
        return []
    }

    /// The keys of the state that a command line means.
    static func recordedKeys(_ words: [String], _ prefix: String) async -> [String] {
        func value(after options: String...) -> String? {
            for (index, word) in words.enumerated() {
                if options.contains(word) { return index + 1 < words.count ? words[index + 1] : nil }
                for option in options where word.hasPrefix(option) {
                    let rest = word.dropFirst(option.count)
                    if option.hasPrefix("--") { if rest.first == "=" { return String(rest.dropFirst()) } } else { return String(rest) }
                }
            }
            return nil
        }
        let manifest = value(after: "--file", "-f").map { [$0] } ?? []
        let isSandbox = words.contains("--sandbox")
        let named = value(after: "--state") ?? (isSandbox ? nil : ProcessEnvironment.current().first(of: [StateOptions.variable])?.value)
        // A service is not asked between two keystrokes.
        let address = named.map { try? StateAddress($0) } ?? .file(InputFiles.defaultState(for: manifest, sandbox: isSandbox))
        guard case .file(let path)? = address else { return [] }
        guard let loaded = try? await FileStateStore(StatePaths(state: path)).load() else { return [] }
        return offered((loaded.state?.records ?? []).lazy.map(\.key.text), prefix)
    }
}
