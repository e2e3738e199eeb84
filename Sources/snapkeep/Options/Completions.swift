import ArgumentParser
import SnapkeepCloud
import SnapkeepCore
import SnapkeepManifest
import SnapkeepRendering
import SnapkeepState

/// What a shell offers where a value is to be typed. Whatever cannot be read offers nothing: nobody reads a finding between two keystrokes.
enum Completions {
    static let anyFile = CompletionKind.file()
    /// The recorded keys.
    static let keys = CompletionKind.custom { words, _, prefix in recordedKeys(words, prefix) }

    /// The entries of `clouds.yaml`.
    static let clouds = CompletionKind.custom { _, _, prefix in
        let search = SettingsSearch(.current())
        guard let files = try? SettingsFiles.load(search, needsClouds: true), let file = files.clouds,
            let tree = try? SettingsTree.read(file)
        else { return [] }
        return (tree["clouds"]?.members.map(\.key) ?? []).filter { $0.hasPrefix(prefix) }
    }

    /// So many are offered: a shell that lists more helps nobody.
    private static let most = 1000

    /// The keys of the state that a command line means.
    static func recordedKeys(_ words: [String], _ prefix: String) -> [String] {
        func value(after options: String...) -> String? {
            words.firstIndex(where: options.contains).flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil }
        }
        let manifest = value(after: "-f", "--file").map { [$0] } ?? []
        let path = value(after: "--state") ?? InputFiles.defaultState(for: manifest, sandbox: words.contains("--sandbox"))
        guard let loaded = try? StateReader.load(StatePaths(state: path)) else { return [] }
        return Array((loaded.state?.records ?? []).lazy.map(\.key.text).filter { $0.hasPrefix(prefix) }.prefix(most))
    }
}
