import Crypto
package import GatehouseCore
package import Storage

/// What an entry holds in place of a name or a text: SHA-256 of a salt and the words. The words lie beside the log with
/// their salt, so that they can be shown, proved and forgotten; once both are gone the hash tells nobody anything, and the
/// tree stays as it was.
package struct AuditCommitment: Sendable, Hashable {
    package static let saltBytes = 16
    /// 64 lower-case hexadecimal digits.
    package let hex: String

    package init(of text: String, salt: [UInt8]) {
        var hash = SHA256()
        hash.update(data: salt)
        hash.update(data: Array(text.utf8))
        hex = Digest(bytes: Array(hash.finalize())).hex
    }

    /// Nil when it is not 64 lower-case hexadecimal digits.
    init?(hex: String) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else {
            return nil
        }
        self.hex = hex
    }

    /// A salt nobody can guess. Not handed in as other chance is: a salt that a test can foresee protects nothing.
    static func freshSalt() -> [UInt8] {
        SymmetricKey(size: SymmetricKeySize(bitCount: saltBytes * 8)).withUnsafeBytes { Array($0) }
    }
}

/// A person or token as entries name it: the kind, and a commitment to the name. `user#3f…`; a part of the system, which is
/// nobody's name, stands for itself: `system:worker`.
package struct PersonReference: Sendable, Hashable, CustomStringConvertible {
    package let text: String

    package init(_ principal: Principal, salt: [UInt8]) {
        text = principal.isAccount ? "\(principal.prefix)#\(AuditCommitment(of: principal.text, salt: salt).hex)" : principal.text
    }

    /// Reads a reference from an entry; nil when it is none.
    init?(stored text: String) {
        guard let mark = text.firstIndex(where: { $0 == "#" || $0 == ":" }) else { return nil }
        if text[mark] == "#" {
            guard AuditCommitment(hex: String(text[text.index(after: mark)...])) != nil else { return nil }
        } else {
            guard !Principal(stored: text).isAccount else { return nil }
        }
        self.text = text
    }

    package var isPerson: Bool { text.contains("#") }

    /// What stands where the name was forgotten.
    package var erased: Principal {
        let parts = text.split(separator: "#", maxSplits: 1)
        return Principal(stored: "\(parts[0]):erased-\(parts.last?.prefix(8) ?? "")")
    }

    package var description: String { text }
}

extension Principal {
    fileprivate var prefix: Substring { text.prefix { $0 != ":" } }
    /// A user or a token, or what a later version may add: somebody gave it its name.
    var isAccount: Bool { kind != .system }
}

extension PersonReference: SQLBindable {
    package var sqlValue: SQLValue { .text(text) }
}
