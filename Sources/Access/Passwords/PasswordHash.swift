import Crypto
import CryptoExtras
import Foundation
import GatehouseCore

/// A password at rest: scrypt (RFC 7914) with its cost and salt, written as a PHC string.
struct PasswordHash: Sendable, Equatable {
    static let saltBytes = 16
    static let keyBytes = 32
    static let passwordCharactersMin = 12
    static let passwordBytesMax = 1024

    struct Cost: Sendable, Equatable {
        let log2Rounds: Int
        let blockSize: Int
        let parallelism: Int

        /// 32 MiB of memory and three passes over it: a setting that OWASP's password storage cheat sheet names (2025).
        static let standard = Cost(log2Rounds: 15, blockSize: 8, parallelism: 3)
    }

    let cost: Cost
    let salt: [UInt8]
    let key: [UInt8]

    /// Takes a fifth of a second and 32 MiB at the standard cost.
    static func make(_ password: String, salt: [UInt8], cost: Cost = .standard) throws -> PasswordHash {
        PasswordHash(cost: cost, salt: salt, key: try derive(password, salt, cost))
    }

    /// As slow as `make`. The comparison takes the same time whatever differs.
    func matches(_ password: String) throws -> Bool {
        let other = try Self.derive(password, salt, cost)
        return zip(key, other).reduce(UInt8(key.count == other.count ? 0 : 1)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func derive(_ password: String, _ salt: [UInt8], _ cost: Cost) throws -> [UInt8] {
        // An empty password has no address to read from. No stored one is empty or has a NUL.
        let bytes = password.isEmpty ? [0] : Array(password.utf8)
        let key = try KDF.Scrypt.deriveKey(
            from: bytes, salt: salt, outputByteCount: keyBytes, rounds: 1 << cost.log2Rounds, blockSize: cost.blockSize,
            parallelism: cost.parallelism)
        return key.withUnsafeBytes { Array($0) }
    }

    /// What somebody may choose. Fails with `invalidArgument`.
    static func check(_ password: String) throws(GatehouseError) {
        guard password.count >= passwordCharactersMin, password.utf8.count <= passwordBytesMax else {
            throw GatehouseError(
                .invalidArgument,
                "A password has at least \(passwordCharactersMin) characters and at most \(passwordBytesMax) bytes.",
                hint: "Several words in a row are easy to keep and hard to guess.")
        }
        guard !password.hasPrefix(AccessToken.prefix), !password.utf8.contains(0) else {
            throw GatehouseError(
                .invalidArgument, "A password does not begin with '\(AccessToken.prefix)', as tokens do, and holds no NUL.")
        }
    }
}

extension PasswordHash {
    var text: String {
        let cost = "ln=\(cost.log2Rounds),r=\(cost.blockSize),p=\(cost.parallelism)"
        return "$scrypt$\(cost)$\(Data(salt).base64EncodedString())$\(Data(key).base64EncodedString())"
    }

    /// Reads `text`. Fails with `integrity`: what is stored was written by us.
    init(parsing text: String) throws(GatehouseError) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[1] == "scrypt", let cost = Cost(parsing: parts[2]),
            let salt = Data(base64Encoded: parts[3]), !salt.isEmpty, let key = Data(base64Encoded: parts[4]),
            key.count == Self.keyBytes
        else { throw GatehouseError(.integrity, "A stored password hash cannot be read.") }
        self.init(cost: cost, salt: Array(salt), key: Array(key))
    }
}

extension PasswordHash.Cost {
    fileprivate init?(parsing text: String) {
        let pairs = text.split(separator: ",").map { $0.split(separator: "=") }
        guard pairs.count == 3, pairs.allSatisfy({ $0.count == 2 }), pairs.map({ $0[0] }) == ["ln", "r", "p"],
            let rounds = Int(pairs[0][1]), let size = Int(pairs[1][1]), let lanes = Int(pairs[2][1]),
            (1...20).contains(rounds), (1...16).contains(size), (1...16).contains(lanes)
        else { return nil }
        self.init(log2Rounds: rounds, blockSize: size, parallelism: lanes)
    }
}
