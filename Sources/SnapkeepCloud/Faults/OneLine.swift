import SnapkeepCore

/// A server's or a user's text made fit for one line of a terminal: what would have to be escaped becomes a blank, runs of blanks become
/// one, and what is longer than `limit` characters is cut.
package func oneLine(_ text: String, limit: Int) -> String {
    var result = ""
    var count = 0
    var owesBlank = false
    for character in text {
        if character.unicodeScalars.allSatisfy(isUnprintable) {
            owesBlank = count > 0
            continue
        }
        if count + (owesBlank ? 1 : 0) >= limit { return result + "…" }
        if owesBlank {
            result.append(" ")
            count += 1
            owesBlank = false
        }
        if character.unicodeScalars.contains(where: isUnprintable) {
            // A mark inside a cluster must not get through with it.
            for scalar in character.unicodeScalars where !isUnprintable(scalar) { result.unicodeScalars.append(scalar) }
        } else {
            result.append(character)
        }
        count += 1
    }
    return result
}

extension String {
    /// For a sentence of a server's that is to go on in ours.
    package var withoutFullStop: String { hasSuffix(".") ? String(dropLast()) : self }
}

private func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .spaceSeparator || VisibleText.mustEscape(scalar)
}
