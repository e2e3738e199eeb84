/// A service that keeps a state and has not answered for some seconds, and is asked on: what a person is to know who waits for a run.
public struct StoreSilence: Hashable, Sendable {
    /// The address of the state.
    public var place: String
    /// What was met last, a clause without a full stop.
    public var words: String
    /// How much longer it is asked before what was to be done is given up.
    public var remaining: Duration

    /// A silence of its parts.
    public init(place: String, words: String, remaining: Duration) {
        (self.place, self.words, self.remaining) = (place, words, remaining)
    }
}
