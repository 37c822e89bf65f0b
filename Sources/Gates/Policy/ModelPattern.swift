package import GatehouseCore

/// The models a policy is for: a name, or a pattern in which `*` stands for any characters.
package struct ModelPattern: Sendable, Hashable, CustomStringConvertible {
    package let text: String

    /// Fails with `invalidArgument` when the text could not be a model's name either.
    package init(_ text: String) throws(GatehouseError) {
        self.text = try ModelName(text).text
    }

    package var isExact: Bool { !text.contains("*") }
    package var description: String { text }

    package func matches(_ model: ModelName) -> Bool {
        let pattern = Array(text.unicodeScalars)
        let name = Array(model.text.unicodeScalars)
        var inPattern = 0
        var inName = 0
        /// Where to go on when the text after the last `*` does not match: one character later in the name.
        var retry: (pattern: Int, name: Int)?
        while inName < name.count {
            if inPattern < pattern.count, pattern[inPattern] == "*" {
                retry = (inPattern + 1, inName)
                inPattern += 1
            } else if inPattern < pattern.count, pattern[inPattern] == name[inName] {
                inPattern += 1
                inName += 1
            } else if let last = retry {
                retry = (last.pattern, last.name + 1)
                inPattern = last.pattern
                inName = last.name + 1
            } else {
                return false
            }
        }
        return pattern[inPattern...].allSatisfy { $0 == "*" }
    }

    /// Which of several patterns decides about a model: the exact name, else the one with the longest text before its
    /// first `*`, else the one with the most text, else the first by spelling. Nil when none matches.
    package static func best(for model: ModelName, among patterns: [ModelPattern]) -> ModelPattern? {
        patterns.filter { $0.matches(model) }.min { left, right in
            if left.isExact != right.isExact { return left.isExact }
            if left.prefixLength != right.prefixLength { return left.prefixLength > right.prefixLength }
            if left.literalLength != right.literalLength { return left.literalLength > right.literalLength }
            return left.text < right.text
        }
    }

    private var prefixLength: Int { text.unicodeScalars.prefix { $0 != "*" }.count }
    private var literalLength: Int { text.unicodeScalars.filter { $0 != "*" }.count }
}
