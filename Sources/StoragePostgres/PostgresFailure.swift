import CLibPQ
import GatehouseCore

/// PostgreSQL's failures in our words.
enum PostgresFailure {
    /// libpq's code of the field that holds the five characters of SQLSTATE (`PG_DIAG_SQLSTATE`).
    private static let stateField = Int32(UInt8(ascii: "C"))

    static func of(_ result: OpaquePointer, _ address: PostgresAddress) -> GatehouseError {
        let state = PQresultErrorField(result, stateField).map { String(cString: $0) } ?? ""
        return failure(state: state, message: address.redacted(String(cString: PQresultErrorMessage(result))), address)
    }

    /// The class of an SQLSTATE (PostgreSQL manual, appendix A).
    static func failure(state: String, message: String, _ address: PostgresAddress) -> GatehouseError {
        let said = "PostgreSQL at \(address.description) says: \(message)"
        switch state.prefix(2) {
        case "22": return GatehouseError(.invalidArgument, said)
        case "23": return GatehouseError(state == "23505" ? .alreadyExists : .conflict, said)
        case "28": return GatehouseError(.forbidden, said, hint: "Check the role and its password.")
        case "3D", "3F": return GatehouseError(.notFound, said)
        case "42" where state == "42501": return GatehouseError(.forbidden, said)
        case "42" where state == "42P01": return GatehouseError(.notFound, said)
        case "40", "53", "55", "57", "58": return GatehouseError(.unavailable, said)
        default: return GatehouseError(state.isEmpty ? .unreachable : .internalFailure, said)
        }
    }

    static func connecting(_ message: String, to address: PostgresAddress) -> GatehouseError {
        // libpq gives no SQLSTATE for a connection that never was; these words are PostgreSQL's own.
        let isRefused = ["authentication failed", "no password supplied", "does not exist", "no pg_hba.conf entry"].contains {
            message.contains($0)
        }
        return GatehouseError(
            isRefused ? .forbidden : .unreachable, "No connection to \(address.description): \(message)",
            hint: isRefused
                ? "Check the role, and its password in PGPASSWORD or the .pgpass file."
                : "Is the database running, and reachable from here?")
    }
}
