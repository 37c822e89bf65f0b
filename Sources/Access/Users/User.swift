package import GatehouseCore

/// A person who may sign in: with a password, at the OpenID provider, or not yet.
package struct User: Sendable, Equatable {
    package let name: String
    let password: PasswordHash?
    package let identity: Identity?
    package let created: Timestamp
    package let createdBy: Principal

    /// Who somebody is at an OpenID provider. Names there may change hands; the subject never does.
    package struct Identity: Sendable, Hashable {
        package let issuer: String
        package let subject: String

        package init(issuer: String, subject: String) {
            self.issuer = issuer
            self.subject = subject
        }
    }

    package var principal: Principal { .user(name) }
    package var hasPassword: Bool { password != nil }
}

/// The names of users and tokens: they stand in `Basic` credentials, paths and commands.
package enum AccountName {
    package static let charactersMax = 128

    /// Fails with `invalidArgument`.
    package static func checked(_ name: String, kind: String) throws(GatehouseError) -> String {
        let isPlain = name.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                || "._-@+".unicodeScalars.contains($0)
        }
        guard isPlain, (1...charactersMax).contains(name.count), name != ".", name != ".." else {
            throw GatehouseError(
                .invalidArgument, "'\(name.prefix(80))' cannot be the name of a \(kind).",
                hint: "Use 1 to \(charactersMax) letters, digits and '.', '_', '-', '@', '+'.")
        }
        return name
    }
}
