import Access
import ArgumentParser
import Foundation
import GatehouseCore

/// How people and browsers reach a server and prove who they are.
struct SignInOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Certificate chain, PEM: serve HTTPS.", valueName: "file")) var tlsCertificate: String?
    @Option(help: ArgumentHelp("The certificate's private key, PEM.", valueName: "file")) var tlsKey: String?
    @Option(help: ArgumentHelp("Another name the server has; * allows any.", valueName: "name"))
    var allowedHost: [String] = []
    @Option(help: ArgumentHelp("How browsers reach the server through a proxy.", valueName: "url")) var publicUrl: String?
    @Option(help: ArgumentHelp("OpenID provider that vouches for people.", valueName: "url")) var oidcIssuer: String?
    @Option(help: ArgumentHelp("What the provider calls this server.", valueName: "id")) var oidcClientId: String?
    @Option(help: ArgumentHelp("File with the client's secret; none: a public client.", valueName: "file"))
    var oidcClientSecretFile: String?
    @Option(help: ArgumentHelp("Another audience to accept in the provider's tokens.", valueName: "text"))
    var oidcAudience: [String] = []
    @Option(help: ArgumentHelp("Claim with the name.", valueName: "claim")) var oidcNameClaim = "preferred_username"
    @Option(help: ArgumentHelp("Claim that lists a person's groups.", valueName: "claim")) var oidcGroupsClaim = "groups"
    @Option(help: ArgumentHelp("Group whose members are admins.", valueName: "group")) var oidcAdminGroup: String?
    @Option(help: ArgumentHelp("What a group may do: risk-team=reviewer:credit-*.", valueName: "group=grant"))
    var oidcGrant: [String] = []
    @Option(help: ArgumentHelp("What everybody who signs in there may do.", valueName: "grant"))
    var oidcEverybody: [String] = []

    func validate() throws {
        guard (tlsCertificate == nil) == (tlsKey == nil) else {
            throw ValidationError("HTTPS needs both --tls-certificate and --tls-key.")
        }
        guard (oidcIssuer == nil) == (oidcClientId == nil) else {
            throw ValidationError("A sign-in provider needs both --oidc-issuer and --oidc-client-id.")
        }
        guard oidcIssuer != nil || (oidcGrant.isEmpty && oidcEverybody.isEmpty && oidcAdminGroup == nil) else {
            throw ValidationError("Groups come from a provider: name it with --oidc-issuer.")
        }
        if let publicUrl {
            guard publicUrl.hasPrefix("https://") || publicUrl.hasPrefix("http://"), URL(string: publicUrl)?.host != nil else {
                throw ValidationError("A public URL is written as https://models.example.com.")
            }
        }
    }

    /// Fails with `invalidArgument` and `notFound`, saying which option is wrong.
    func apply(to settings: inout ServerSettings) throws {
        if let tlsCertificate, let tlsKey {
            let files = TLSFiles(certificate: tlsCertificate, key: tlsKey)
            // Read now, so that a wrong file is told before anything is opened.
            _ = try files.configuration()
            settings.tls = files
        }
        settings.allowedHosts = allowedHost
        settings.publicURL = publicUrl
        settings.openID = try openID()
    }

    private func openID() throws -> OpenIDSettings? {
        guard let oidcIssuer, let oidcClientId else { return nil }
        var provider = try OpenIDSettings(issuer: oidcIssuer, clientID: oidcClientId)
        provider.clientSecret = try oidcClientSecretFile.map { try SecretFile.read($0) }
        provider.audiences = oidcAudience
        provider.nameClaim = oidcNameClaim
        provider.groupsClaim = oidcGroupsClaim
        provider.groupGrants = try oidcGrant.map { try OpenIDSettings.GroupGrant(parsing: $0) }
        if let oidcAdminGroup { provider.groupGrants.append(.init(group: oidcAdminGroup, grant: Grant(.admin))) }
        provider.everybody = try oidcEverybody.map { try Grant(parsing: $0) }
        return provider
    }
}

/// A file with one secret line.
enum SecretFile {
    /// Fails with `notFound` when it cannot be read, and with `invalidArgument` when nothing is in it.
    static func read(_ path: String) throws(GatehouseError) -> String {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw GatehouseError(.notFound, "There is no readable file '\(path)'.")
        }
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
        guard !text.isEmpty else { throw GatehouseError(.invalidArgument, "The file '\(path)' holds nothing.") }
        return text
    }
}
