import GatehouseCore
import Gates
import Registry
import Storage

/// What a version's model card says about its limits: what a reviewer ticks, one by one.
struct KnownLimitations: Sendable {
    private static let cardNames = ["model_card.md", "readme.md"]
    private static let charactersMax = 1000

    let store: any SQLStore
    let artifacts: any ArtifactStore

    /// Empty when there is no card, or it names none. Fails when there is one that cannot be read: nobody is asked to
    /// approve without the list.
    func of(_ model: ModelName, _ number: VersionNumber) async throws -> [String] {
        let manifest = try await store.read { tx in
            try tx.requiredVersion(number, of: model).artifact.map { try tx.manifest(of: $0) }
        }
        let files = manifest?.files ?? []
        let card = Self.cardNames.lazy.compactMap { name in files.first { $0.path.lowercased() == name } }.first
        guard let card else { return [] }
        return Self.limitations(in: try await text(of: card))
    }

    static func limitations(in card: String) -> [String] {
        var seen: Set<String> = []
        let items = CardDocument(card).items(of: "limitations").map { String($0.prefix(charactersMax)) }
        return Array(items.filter { seen.insert($0).inserted }.prefix(QuestionnaireAnswers.limitationsMax))
    }

    private func text(of file: ArtifactFile) async throws -> String {
        guard file.bytes <= Int64(CardDocument.cardBytesMax) else {
            throw GatehouseError(
                .tooLarge, "The model card '\(file.path)' has \(file.bytes) bytes; \(CardDocument.cardBytesMax) are read.")
        }
        let bytes = try await artifacts.open(file.digest).read(at: 0, count: Int(file.bytes))
        guard Digest.sha256(of: bytes) == file.digest else {
            throw GatehouseError(.integrity, "The model card '\(file.path)' was changed on disk: \(file.digest).")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
