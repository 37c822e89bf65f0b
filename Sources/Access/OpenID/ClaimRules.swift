import GatehouseCore

/// What a provider's token must say before its word counts (OpenID Connect Core 1.0 §3.1.3.7, RFC 9068 §4).
struct ClaimRules {
    /// Clocks differ.
    static let leewaySeconds: Double = 60
    static let textBytesMax = 255
    static let groupsMax = 1000

    let issuer: String
    let clientID: String
    let audiences: [String]

    /// Fails with `unauthenticated` naming the claim. `nonce` is what our own sign-in sent along.
    func check(_ claims: JSONValue, at now: Timestamp, nonce: String? = nil) throws(GatehouseError) {
        guard claims["iss"]?.stringValue == issuer else { throw Self.refused("is of another issuer") }
        let meant = Self.texts(claims["aud"])
        let ours = Set(audiences + [clientID])
        guard meant.contains(where: ours.contains) else { throw Self.refused("is meant for another service (aud)") }
        if let party = claims["azp"] {
            guard let text = party.stringValue, ours.contains(text) else {
                throw Self.refused("was made for another client (azp)")
            }
        } else if meant.count > 1, nonce != nil {
            throw Self.refused("has several audiences and names no authorized party (azp)")
        }
        let seconds = Double(now.milliseconds) / 1000
        guard let expires = claims["exp"]?.doubleValue, seconds < expires + Self.leewaySeconds else {
            throw Self.refused("has expired")
        }
        for name in ["nbf", "iat"] {
            guard let claim = claims[name] else { continue }
            guard let from = claim.doubleValue, from <= seconds + Self.leewaySeconds else {
                throw Self.refused("is not valid yet (\(name))")
            }
        }
        if let nonce {
            guard claims["nonce"]?.stringValue == nonce else { throw Self.refused("answers another sign-in (nonce)") }
        }
        guard let subject = claims["sub"]?.stringValue, !subject.isEmpty, subject.utf8.count <= Self.textBytesMax else {
            throw Self.refused("names nobody (sub)")
        }
    }

    /// One text or a list of them.
    static func texts(_ value: JSONValue?) -> [String] {
        if let text = value?.stringValue { return [text] }
        return (value?.arrayValue ?? []).prefix(groupsMax).compactMap(\.stringValue)
    }

    static func refused(_ why: String) -> GatehouseError {
        GatehouseError(.unauthenticated, "The provider's token \(why).", hint: "Get a new one from the provider.")
    }
}
