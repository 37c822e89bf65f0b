package import Attestations
import Foundation
package import GatehouseCore

extension RouteTable {
    /// The table as the registry hands it out: a DSSE envelope around its JSON.
    package func signed(by key: SigningKey) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let payload = [UInt8](try encoder.encode(self))
        return Array(
            try Envelope(payloadType: Self.payloadType, payload: payload, signedBy: [key]).json.canonicalText.utf8)
    }

    /// Reads a table that one of the keys has signed. Fails with `invalidArgument` for another signer, another payload, a form
    /// this gateway does not know, or a document that is not a route table.
    package init(verifying bytes: [UInt8], by keys: Set<VerificationKey>) throws(GatehouseError) {
        guard bytes.count <= Self.bytesMax else {
            throw GatehouseError(.invalidArgument, "The route table has \(bytes.count) bytes; at most \(Self.bytesMax) are read.")
        }
        let payload = try Envelope(parsing: bytes).verified(by: keys)
        guard payload.payloadType == Self.payloadType else {
            throw GatehouseError(.invalidArgument, "A '\(payload.payloadType)' was signed, not a route table.")
        }
        let table: RouteTable
        do {
            table = try JSONDecoder().decode(RouteTable.self, from: Data(payload.bytes))
        } catch {
            throw GatehouseError(.invalidArgument, "The signed document is not a route table: \(error)", cause: error)
        }
        guard table.format == Self.currentFormat else {
            throw GatehouseError(
                .invalidArgument, "The route table has form \(table.format); this gateway knows \(Self.currentFormat).",
                hint: "Update the gateway.")
        }
        guard table.endpoints.count <= Self.endpointsMax else {
            throw GatehouseError(.invalidArgument, "The route table has more than \(Self.endpointsMax) endpoints.")
        }
        self = table
    }
}
