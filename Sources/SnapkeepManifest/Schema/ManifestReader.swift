public import SnapkeepCore

/// Reads manifests: bytes in, values and diagnostics out.
///
/// libyaml's events go straight into typed values; what a scalar means is decided by the field it stands in. Several sources, and
/// several documents in one, form one manifest. `defaults:` apply to the document that holds them, wherever in it they stand.
public struct ManifestReader {
    /// Reads all sources as one manifest and finds every mistake in them.
    public static func read(_ sources: [SourceFile], limits: ManifestLimits = .standard) -> ManifestReading {
        var draft = ManifestDraft()
        let findings = Findings(limit: limits.diagnostics)
        for (number, source) in sources.enumerated() {
            guard SourceCheck.passes(source, number: number, limits: limits, findings) else { continue }
            source.bytes.withUnsafeBufferPointer { bytes in
                let events = EventReader(bytes, source: number, limits: limits, findings: findings)
                var decoder = ManifestDecoder(events: events, draft: draft)
                draft = ManifestDraft()
                decoder.readFile()
                draft = decoder.finish()
            }
        }
        return draft.resolved(findings)
    }
}
