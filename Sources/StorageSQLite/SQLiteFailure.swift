import GRDB
import GatehouseCore

/// The one place where SQLite's result codes become classes of failure.
enum SQLiteFailure {
    enum Purpose { case reading, writing }

    /// Leaves errors that a transaction's body threw itself, and cancellation, as they are.
    static func translate(_ error: any Error, in purpose: Purpose) -> any Error {
        guard let failure = error as? DatabaseError else { return error }
        let what = failure.message ?? "SQLite error \(failure.extendedResultCode.rawValue)"
        switch failure.extendedResultCode {
        case .SQLITE_CONSTRAINT_UNIQUE, .SQLITE_CONSTRAINT_PRIMARYKEY, .SQLITE_CONSTRAINT_ROWID:
            return GatehouseError(.alreadyExists, "It exists already (\(what)).", cause: failure)
        case .SQLITE_CONSTRAINT:
            return GatehouseError(.conflict, "The database refused the change (\(what)).", cause: failure)
        case .SQLITE_READONLY where purpose == .reading:
            return GatehouseError(.internalFailure, "A read tried to write.", cause: failure)
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM:
            return GatehouseError(
                .unavailable, "The database file could not be used (\(what)).",
                hint: "Check free space and permissions of the data folder, then try again.", cause: failure)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return GatehouseError(
                .unavailable, "Another process holds the database's lock.",
                hint: "Try again; if it stays so, look for a second Gatehouse or a backup on the same data folder.",
                cause: failure)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            return GatehouseError(
                .integrity, "The database file is damaged (\(what)).",
                hint: "Stop the server and put the newest backup of the data folder in its place.", cause: failure)
        case .SQLITE_TOOBIG:
            return GatehouseError(.tooLarge, "A value is too large for the database.", cause: failure)
        default:
            return GatehouseError(.internalFailure, "The database failed (\(what)).", cause: failure)
        }
    }

    /// Whether running the transaction again may succeed.
    static func isBusy(_ error: any Error) -> Bool {
        guard let failure = (error as? GatehouseError)?.cause as? DatabaseError else { return false }
        return failure.resultCode == .SQLITE_BUSY || failure.resultCode == .SQLITE_LOCKED
    }
}
