/// Whether text carries colour. Signs, words and alignment hold the meaning; colour only repeats it.
package struct TextStyle: Hashable, Sendable {
    /// Whether escape sequences for colour are written.
    var colour: Bool

    package init(colour: Bool) { self.colour = colour }

    static let plain = TextStyle(colour: false)
    static let coloured = TextStyle(colour: true)

    /// What a stretch of text is, which decides its colour.
    package enum Role: Hashable, Sendable {
        case create
        case update
        case replace
        case wait
        case delete
        case keep
        case good
        case bad
        case strong

        fileprivate var sequence: String {
            switch self {
            case .create, .good: "\u{1B}[32m"
            case .update: "\u{1B}[33m"
            case .replace: "\u{1B}[35m"
            case .wait: "\u{1B}[36m"
            case .delete, .bad: "\u{1B}[31m"
            case .keep: "\u{1B}[2m"
            case .strong: "\u{1B}[1m"
            }
        }
    }

    /// What begins a stretch of a role; empty without colour.
    func opening(_ role: Role) -> String { colour ? role.sequence : "" }

    /// What ends a stretch; empty without colour.
    var closing: String { colour ? "\u{1B}[0m" : "" }

    /// A text in the colour of a role.
    package func paint(_ text: String, _ role: Role) -> String { colour && !text.isEmpty ? role.sequence + text + closing : text }
}
