import Access
import Attestations
import GatehouseCore
import Gates
import HTTPTypes
import Hummingbird
import NIOCore
import Promotions
import Registry
import Storage
import WireAPI

/// What the server signed, for readers who verify it elsewhere.
struct AttestationRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.get("attestation-key") { _, context in
            // A gateway verifies route tables with it.
            let caller = try context.authenticated()
            if !caller.grants.allows(.serveTraffic) { try caller.require(.read) }
            let key = try signingKey()
            return try Response.json(AttestationKeyAnswer(keyID: key.keyID, algorithm: key.algorithm, pem: key.pem))
        }
        group.get("attestations/:digest") { _, context in
            _ = try context.caller(who: .read)
            let digest = try Digest(parsing: context.segment("digest"))
            guard let found = try await services.store.read({ tx in try tx.signedStatement(digest) }) else {
                throw GatehouseError(.notFound, "No statement was signed under \(digest).")
            }
            return Response.document(found.body, type: found.mediaType)
        }
        group.get("models/:model/versions/:version/attestations") { _, context in
            _ = try context.caller(who: .read)
            return try await Response.json(PageAnswer(items: statements(context).map { AttestationAnswer($0) }))
        }
        group.get("models/:model/versions/:version/attestations/bundle") { _, context in
            _ = try context.caller(who: .read)
            let envelopes = try await statements(context).filter { $0.predicateType != PredicateType.modelSignature }
            return Response.document(envelopes.flatMap { $0.body + [UInt8(ascii: "\n")] }, type: "application/jsonl")
        }
        group.get("models/:model/versions/:version/signature") { _, context in
            _ = try context.caller(who: .read)
            return try await Response.document(signature(context).body, type: SigstoreBundle.mediaType)
        }
        group.get("models/:model/versions/:version/signature/verification") { _, context in
            _ = try context.caller(who: .read)
            return try await Response.json(verification(context))
        }
        group.get("models/:model/versions/:version/card") { request, context in
            _ = try context.caller(who: .read)
            return try await Response.json(card(context, format: request.text("format") ?? "hf"))
        }
    }

    private func signingKey() throws -> VerificationKey {
        guard let attestor = services.transitions.attestor else {
            throw GatehouseError(.notFound, "This server signs nothing.")
        }
        return attestor.verificationKey
    }

    private func statements(_ context: APIContext) async throws -> [SignedStatement] {
        let (name, number) = try (context.model(), context.version())
        return try await services.store.read { tx in
            _ = try tx.requiredVersion(number, of: name)
            return try tx.signedStatements(of: name, version: number)
        }
    }

    private func signature(_ context: APIContext) async throws -> SignedStatement {
        let (name, number) = try (context.model(), context.version())
        let found = try await services.store.read { tx in
            _ = try tx.requiredVersion(number, of: name)
            return try tx.latestStatement(PredicateType.modelSignature, of: name, version: number)
        }
        guard let found else {
            throw GatehouseError(
                .notFound, "\(name) v\(number) has no signature: a model is signed when it is promoted to Production.",
                hint: "gatehouse promote \(shellQuoted(name.text)) \(number) --to production")
        }
        return found
    }

    private func verification(_ context: APIContext) async throws -> ModelVerificationAnswer {
        let found = try await signature(context)
        let bundle = try SigstoreBundle(parsing: found.body)
        let statement = try Statement(unverified: bundle.envelope)
        let key = try signingKey()
        // A signature of an earlier key is handed out, but not with a key that does not fit it.
        guard key.keyID == found.keyID, let root = statement.subjects.first?.digest else {
            throw GatehouseError(
                .conflict, "\(found.model) v\(found.version) was signed with an earlier key of this server.",
                hint: "Verify it with the public key of that time.")
        }
        let version = try await services.store.read { tx in try tx.requiredVersion(found.version, of: found.model) }
        let model = WireCoder.segment(found.model.text)
        return ModelVerificationAnswer(
            modelName: found.model.text, version: found.version.value, artifactDigest: version.artifact?.description ?? "",
            bundleDigest: found.digest.description, keyID: found.keyID, signedAt: found.signed.description,
            verification: .init(
                digest: root.description,
                signature: .init(
                    bundle: "\(WireCoder.prefix)/models/\(model)/versions/\(found.version)/signature", publicKeyRef: key.pem)))
    }

    private func card(_ context: APIContext, format: String) async throws -> CardAnswer {
        guard ["hf", "mct"].contains(format) else {
            throw GatehouseError(
                .invalidArgument, "There is no card format '\(format.prefix(40))'.",
                hint: "hf is Hugging Face's Markdown, mct the JSON of Google's Model Card Toolkit.")
        }
        let (name, number) = try (context.model(), context.version())
        let card = try await PublishedCard(of: name, number, store: services.store, artifacts: services.artifacts)
        return CardAnswer(
            modelName: name.text, version: number.value, format: format, text: format == "hf" ? card.markdown : nil,
            document: format == "mct" ? card.toolkitJSON : .null, source: card.given?.path,
            knownLimitations: card.given?.card.knownLimitations ?? [], findings: card.given?.card.findings ?? [])
    }
}

extension VerificationKey {
    fileprivate var algorithm: String {
        switch self {
        case .ed25519: "Ed25519"
        case .p256: "ECDSA P-256 SHA-256"
        }
    }
}

extension SignedStatement {
    fileprivate var mediaType: String {
        predicateType == PredicateType.modelSignature ? SigstoreBundle.mediaType : "application/json"
    }
}

extension AttestationAnswer {
    fileprivate init(_ statement: SignedStatement) {
        self.init(
            digest: statement.digest.description, predicateType: statement.predicateType, name: statement.name,
            about: statement.about, keyID: statement.keyID, signedAt: statement.signed.description,
            bytes: Int64(statement.body.count))
    }
}

extension Response {
    fileprivate static func document(_ bytes: [UInt8], type: String) -> Response {
        Response(status: .ok, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
