package import GatehouseCore

/// Which OpenID provider vouches for people, and what its word is worth here.
package struct OpenIDSettings: Sendable {
    package var issuer: String
    package var clientID: String
    package var clientSecret: String?
    /// What else `aud` may say, for tokens that other clients of the provider send.
    package var audiences: [String] = []
    package var nameClaim = "preferred_username"
    package var groupsClaim = "groups"
    package var groupGrants: [GroupGrant] = []
    /// What everybody may do who signs in. Nothing unless somebody said so.
    package var everybody: [Grant] = []

    /// What the members of a group at the provider may do.
    package struct GroupGrant: Sendable, Hashable {
        package let group: String
        package let grant: Grant

        package init(group: String, grant: Grant) {
            self.group = group
            self.grant = grant
        }

        /// Reads `GROUP=GRANT`. Fails with `invalidArgument`.
        package init(parsing text: String) throws(GatehouseError) {
            // A grant holds no '=' in its role, so the group is what comes before the last one.
            guard let equals = text.lastIndex(of: "="), equals != text.startIndex else {
                throw GatehouseError(
                    .invalidArgument, "'\(text.prefix(80))' does not give a group a grant.",
                    hint: "Write GROUP=GRANT, such as risk-team=reviewer:credit-*.")
            }
            self.init(group: String(text[..<equals]), grant: try Grant(parsing: String(text[text.index(after: equals)...])))
        }
    }

    /// Fails with `invalidArgument` when the issuer is no https address. A provider on this machine may do with http.
    package init(issuer: String, clientID: String) throws(GatehouseError) {
        let trimmed = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        guard ProviderAddress.isTrustworthy(trimmed), !trimmed.contains(where: { $0 == "?" || $0 == "#" }) else {
            throw GatehouseError(
                .invalidArgument, "'\(issuer.prefix(200))' cannot be the issuer of identities.",
                hint: "Write its https address, as in its own configuration.")
        }
        guard !clientID.isEmpty else {
            throw GatehouseError(.invalidArgument, "The provider needs to know us: the client id is missing.")
        }
        self.issuer = issuer
        self.clientID = clientID
    }

    /// Who holds a grant by the word of the provider, for the question who may do what.
    package var holders: [(holder: String, grant: Grant)] {
        groupGrants.map { ("group:\($0.group)", $0.grant) } + everybody.map { ("everybody", $0) }
    }

    /// What an admin granted, what the groups bring, and what everybody may.
    func grants(_ granted: Grants, groups: [String]) -> Grants {
        let groups = Set(groups)
        return Grants(granted.grants + groupGrants.filter { groups.contains($0.group) }.map(\.grant) + everybody)
    }
}

enum ProviderAddress {
    /// Whether nobody on the way can change what it answers: https, or this machine.
    static func isTrustworthy(_ url: String) -> Bool {
        if url.hasPrefix("https://") { return url.count > "https://".count }
        guard url.hasPrefix("http://") else { return false }
        let host = url.dropFirst("http://".count).prefix { $0 != "/" && $0 != ":" && $0 != "?" && $0 != "#" }
        return host == "localhost" || host == "127.0.0.1" || url.hasPrefix("http://[::1]")
    }
}
