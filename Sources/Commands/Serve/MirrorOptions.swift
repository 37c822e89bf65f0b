import ArgumentParser
import AuditLog
import Foundation
import GatehouseCore

/// Who holds copies of the audit log of a server, who vouches for it, and for whom the server does.
struct MirrorSettings: Sendable {
    /// As they are written on the command line.
    var places: [String] = []
    /// Who is asked to cosign.
    var witnesses: WitnessPolicy?
    /// The keys of the logs that this server is a witness for; nil: it is none.
    var witnessedLogs: [NoteVerifier]?
    /// The name of a new witness; nil: one of its own choice.
    var witnessName: String?
}

/// Who holds copies of the audit log, who vouches for it, and for whom this server does.
struct MirrorOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Copy of the audit log: a folder, postgres://… or s3://….", valueName: "place"))
    var auditMirror: [String] = []
    @Option(help: ArgumentHelp("Witnesses to ask for cosignatures, as a tlog-policy.", valueName: "file"))
    var auditWitnesses: String?
    @Option(help: ArgumentHelp("Logs to be a witness for, as a tlog-policy.", valueName: "file"))
    var witnessFor: String?
    @Option(help: ArgumentHelp("Name of a new witness key; else gatehouse-witness/ and chance.", valueName: "name"))
    var witnessName: String?

    func validate() throws {
        guard witnessName == nil || witnessFor != nil else { throw ValidationError("A witness's name needs --witness-for.") }
    }

    /// Fails with `invalidArgument` and `notFound`, before anything is opened.
    func settings() throws -> MirrorSettings {
        var settings = MirrorSettings()
        for place in auditMirror { _ = try MirrorPlace.mirror(place) }
        settings.places = auditMirror
        settings.witnesses = try auditWitnesses.map { try Self.policy($0) }
        settings.witnessedLogs = try witnessFor.map { try Self.policy($0).logs.map(\.verifier) }
        settings.witnessName = witnessName
        if let witnesses = settings.witnesses, !witnesses.witnesses.contains(where: { $0.url != nil }) {
            throw GatehouseError(
                .invalidArgument, "No witness of '\(auditWitnesses ?? "")' has a URL to ask.",
                hint: "Write: witness NAME VKEY https://witness.example.org")
        }
        return settings
    }

    private static func policy(_ path: String) throws -> WitnessPolicy {
        guard let data = FileManager.default.contents(atPath: path), data.count <= WitnessPolicy.bytesMax else {
            throw GatehouseError(.notFound, "There is no readable witness policy '\(path)'.")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw GatehouseError(.invalidArgument, "The witness policy '\(path)' is not UTF-8.")
        }
        return try WitnessPolicy(parsing: text)
    }
}
