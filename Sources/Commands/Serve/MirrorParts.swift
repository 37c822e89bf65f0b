import AsyncHTTPClient
import AuditLog
import GatehouseCore
import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Storage

/// What a server has for those outside who hold copies of its audit log and vouch for it.
struct MirrorParts: Sendable {
    let outside: OutsideParties
    let services: [any Service]

    /// `store` is the one that watches for events: an alarm is one.
    init(_ directory: TileDirectory, store: any SQLStore, _ settings: MirrorSettings, logger: Logger) throws {
        let log = MirroredLog(directory)
        let (now, ids) = (ProcessRoots.now, ProcessRoots.ids)
        let files = WitnessFiles(directory: directory)
        let witness = try settings.witnessedLogs.map { logs in
            try Witness(
                signer: files.key(name: settings.witnessName, randomBytes: ProcessRoots.randomBytes), logs: logs, store: store,
                now: now)
        }
        let outside = OutsideParties(witnesses: WitnessBoard(settings.witnesses), witness: witness)
        var services: [any Service] = try settings.places.map { place -> any Service in
            MirrorService(try MirrorPlace.mirror(place), of: log, board: outside.mirrors, now: now, logger: logger) {
                name, alarm in
                let draft = AuditDraft(
                    id: ids(), time: now(), principal: .system("mirrors"), action: .mirrorAlarmed,
                    facts: ["kind": .string(name.kind.rawValue), "place": .string(name.place), "alarm": .string(alarm.word)])
                do { try await store.write { tx in _ = try tx.append(draft) } } catch {
                    logger.error("a mirror's alarm was not written down", metadata: ["error": "\(error)"])
                }
            }
        }
        if let policy = settings.witnesses {
            services.append(
                WitnessService(
                    policy, of: log, board: outside.witnesses, now: now, logger: logger, post: Self.post,
                    keep: { try files.keep($0) }))
        }
        self.outside = outside
        self.services = services
    }

    /// Sends a request to a witness. Whatever it answers is an answer; throws when it does not.
    private static func post(_ url: String, _ body: String) async throws -> WitnessClient.Reply {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
        request.body = .bytes(ByteBuffer(string: body))
        let answer = try await HTTPClient.mirror.execute(request, timeout: .seconds(WitnessClient.secondsMax))
        let bytes = try await answer.body.collect(upTo: WitnessClient.answerBytesMax)
        return .init(
            status: Int(answer.status.code), contentType: answer.headers.first(name: "content-type"),
            body: Array(bytes.readableBytesView))
    }
}
