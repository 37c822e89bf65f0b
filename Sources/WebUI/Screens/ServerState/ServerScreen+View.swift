import AuditLog
import GatehouseCore
import Rendering

extension ServerScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Settings", "/settings")])
        Tag.h1 { "Server" }
        Tag.p(.class("finding")) { finding }
        facts([
            ("Version", Markup("Gatehouse \(version)")),
            ("Models", Markup(Wording.grouped(Int(models)))), ("Versions", Markup(Wording.grouped(Int(versions)))),
            ("Sealed artifacts", Markup("\(Wording.grouped(Int(blobs.count))), \(Self.size(blobs.bytes))")),
            ("Audit entries", entries.map { Markup(Wording.grouped(Int($0))) } ?? Markup("for auditors")),
        ])
        block("Keys", id: "keys") {
            Tag.p { "Note them elsewhere: whoever verifies what this server signed compares with these." }
            Tag.h3 { "Of the audit log" }
            commandLine(auditKey.vkey)
            Tag.h3 { "Of attestations and model signatures" }
            if let signingKey {
                Tag.p { "Its id: \(signingKey.id)" }
                commandLine(signingKey.pem)
            } else {
                Tag.p { "This server signs nothing." }
            }
        }
        block("Signing in", id: "sign-in") { list(signInWords) }
        block("Copies of the audit log", id: "mirrors") {
            if entries == nil {
                Tag.p { "Shown to who may read the audit log." }
            } else {
                Tag.p { mirrorWords }
                Tag.p { Tag.a(.href("/audit")) { "Look at them, and verify the log" } }
            }
        }
        block("Care", id: "care") {
            Tag.p { "Check every stored file against its digest, and remove what nothing refers to:" }
            commandLine("gatehouse scrub")
            commandLine("gatehouse gc --dry-run")
        }
    }

    private var finding: String {
        if isOpen { return "This server asks nobody who they are: anybody who reaches it may do anything." }
        let wire = hasTLS ? "over HTTPS" : publicURL?.hasPrefix("https://") == true ? "behind HTTPS" : "over plain HTTP"
        return "It serves \(wire), and \(signingKey == nil ? "signs nothing but its audit log" : "signs what it decides")."
    }

    private var signInWords: [String] {
        [
            "With a token, or a name and a password.",
            issuer.map { "At the OpenID provider \($0)." } ?? "At no OpenID provider: none is configured.",
            publicURL.map { "Browsers reach the server at \($0)." } ?? "Browsers reach the server under any name it answers to.",
        ]
    }

    private var mirrorWords: String {
        if mirrors.isEmpty && witnesses.isEmpty { return "There is none, and nobody else signs it." }
        return Wording.count(mirrors.count, "mirror") + " and " + Wording.count(witnesses.count, "witness", "witnesses") + "."
    }

    private static func size(_ bytes: Int64) -> String {
        let megabytes = Double(bytes) / 1_000_000
        return megabytes < 1000 ? Wording.fixed(megabytes, 1) + " MB" : Wording.fixed(megabytes / 1000, 1) + " GB"
    }
}
