/// A name, or a pattern in which `*` stands for any characters.
package enum NamePattern {
    /// Linear in the product of the lengths at worst; no recursion, so a pattern of many `*` is harmless.
    package static func matches(_ pattern: String, _ name: String) -> Bool {
        let pattern = Array(pattern.unicodeScalars)
        let name = Array(name.unicodeScalars)
        var p = 0
        var n = 0
        var star: (pattern: Int, name: Int)?
        while n < name.count {
            if p < pattern.count, pattern[p] == "*" {
                star = (p, n)
                p += 1
            } else if p < pattern.count, pattern[p] == name[n] {
                p += 1
                n += 1
            } else if let retry = star {
                p = retry.pattern + 1
                n = retry.name + 1
                star = (retry.pattern, n)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == "*" }
    }
}
