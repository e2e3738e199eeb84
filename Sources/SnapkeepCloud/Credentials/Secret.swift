/// A text that must never be shown. Whatever prints, dumps or interpolates it gets a mask (P8).
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    // Only what sends the secret reads this.
    package let text: String

    /// Wraps a text.
    public init(_ text: String) { self.text = text }

    public var description: String { Self.mask }
    public var debugDescription: String { Self.mask }
    public var customMirror: Mirror { Mirror(self, children: []) }

    static let mask = "[secret]"
}

/// One field of a request's head.
public struct HeaderField: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public let name: String
    let value: String
    /// Whether the value is a credential: then it is never shown, and it is taken out of what the server echoes (P8).
    public let isSecret: Bool

    /// A field that anybody may read.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
        isSecret = false
    }

    /// A field that carries a credential.
    public init(_ name: String, _ secret: Secret) {
        self.name = name
        value = secret.text
        isSecret = true
    }

    public var description: String { "\(name): \(isSecret ? Secret.mask : value)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["field": description]) }
}
