import Testing

/// Looks again and again until something is so, where nothing tells when it is. A test that waits in vain fails and says for what.
///
/// The limit is generous: beside other tests a task may wait long for its turn.
func waitUntil(
    _ what: String, within limit: Duration = .seconds(300), sourceLocation: SourceLocation = #_sourceLocation,
    _ isSo: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + limit
    while try await !isSo() {
        try #require(ContinuousClock.now < end, "in vain for \(limit): \(what)", sourceLocation: sourceLocation)
        await Task.yield()
    }
}
