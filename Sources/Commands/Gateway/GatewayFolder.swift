import Attestations
import GatehouseCore
import Glibc
import Logging
import Secrets
import Serving
import WireAPI

/// What a gateway keeps beside its route table, so that it starts without the registry: who it is, and two keys.
struct GatewayFolder: Sendable {
    /// How long a start waits for what it has a copy of.
    static let askSecondsMax: Int64 = 3

    let path: String

    /// `path` exists and is this process's alone.
    init(_ path: String) { self.path = path }

    var records: String { "\(path)/records" }
    var models: String { "\(path)/models" }

    /// Made once. It lies with the spool, whose numbers it belongs to: whoever empties that gets a new one. Fails with
    /// `unavailable`.
    func gatewayID() throws(GatehouseError) -> String {
        guard mkdir(records, 0o700) == 0 || errno == EEXIST else {
            throw GatehouseError(
                .unavailable, "'\(records)' cannot be made.", hint: "Is the disk full, or the folder somebody else's?")
        }
        let file = PrivateFile("\(records)/gateway.id")
        if let kept = try file.read().map(Self.line), kept.isEmpty == false { return kept }
        let id = "gw-\(ProcessRoots.ids())"
        try file.write(id + "\n")
        return id
    }

    /// The key that the registry's tables are verified with: the operator's, else the one that was kept, else the registry's
    /// own word at the first start. Fails as the registry does, and with `invalidArgument` for what is no key.
    func registryKey(_ given: VerificationKey?, from client: GatehouseClient, logger: Logger) async throws -> VerificationKey {
        if let given { return given }
        let file = PrivateFile("\(path)/registry.pub.pem")
        if let kept = try file.read() { return try VerificationKey(pem: kept) }
        let answer: AttestationKeyAnswer = try await client.get(["attestation-key"])
        let key = try VerificationKey(pem: answer.pem)
        try file.write(key.pem, for: .everybody)
        logger.notice(
            "trusts the registry's key from now on; --registry-key names one that came another way",
            metadata: ["registry": "\(client.server)", "key": "\(key.keyID)"])
        return key
    }

    /// The key under which units are hashed: the registry's where it can be asked, else the one that was kept. Fails as the
    /// registry does when there is neither.
    func recordKey(from client: GatehouseClient, logger: Logger) async throws -> RecordKey {
        let file = recordKeyFile
        let kept = try file.read().map { (text) throws(GatehouseError) in try RecordKey(parsing: Self.line(text)) }
        do {
            let key = try await Self.ask(secondsMax: kept == nil ? nil : Self.askSecondsMax) {
                let answer: RecordKeyAnswer = try await client.get(["serving", "record-key"])
                return try RecordKey(parsing: answer.key)
            }
            if key.text != kept?.text { try file.write(key.text + "\n") }
            return key
        } catch {
            guard let kept else { throw error }
            logger.warning("starts with the key for units that was kept", metadata: ["reason": "\(error)"])
            return kept
        }
    }

    /// Fails with `unavailable` when there is no answer in that time, and as the question does.
    private static func ask<Answer: Sendable>(
        secondsMax: Int64?, _ question: @escaping @Sendable () async throws -> Answer
    ) async throws -> Answer {
        guard let secondsMax else { return try await question() }
        return try await withThrowingTaskGroup(of: Answer.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await question() }
            group.addTask {
                try await Task.sleep(for: .seconds(secondsMax))
                throw GatehouseError(.unavailable, "The registry did not answer within \(secondsMax) s.")
            }
            for try await answer in group { return answer }
            throw CancellationError()
        }
    }

    /// For a gateway without a registry: made once. Fails with `unavailable`.
    func ownRecordKey() throws(GatehouseError) -> RecordKey {
        if let kept = try recordKeyFile.read() { return try RecordKey(parsing: Self.line(kept)) }
        let key = RecordKey(bytes: ProcessRoots.randomBytes(RecordKey.bytesCount))
        try recordKeyFile.write(key.text + "\n")
        return key
    }

    private var recordKeyFile: PrivateFile { PrivateFile("\(path)/record.key") }

    private static func line(_ text: String) -> String { String(text.prefix { $0.isNewline == false }) }
}
