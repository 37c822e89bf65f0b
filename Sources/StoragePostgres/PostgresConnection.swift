import CLibPQ
import GatehouseCore
import Glibc
import Storage

/// One connection to PostgreSQL. Its calls block, so `PostgresSession` makes them on a thread of its own. A class because it
/// owns libpq's connection until it goes.
final class PostgresConnection {
    static let connectSecondsMax = 5
    /// After so long a call is given up, and the connection with it.
    static let callSecondsMax: Int64 = 20
    /// How often a waiting call looks whether it is still wanted.
    static let pollMillisecondsMax: Int32 = 100
    static let parametersMax = 65_535

    private let handle: OpaquePointer
    private let address: PostgresAddress

    /// Fails with `unreachable`, and with `forbidden` when the role or its password is refused.
    init(_ address: PostgresAddress) throws(GatehouseError) {
        // Later ones win: the deadlines are ours, whatever the URL says.
        let options = [
            ("dbname", address.url), ("connect_timeout", "\(Self.connectSecondsMax)"), ("application_name", "gatehouse"),
            ("client_encoding", "UTF8"), ("tcp_user_timeout", "\(Self.callSecondsMax * 1000)"),
        ]
        let handle = Self.connect(options)
        guard let handle else { throw GatehouseError(.internalFailure, "libpq has no memory for a connection.") }
        guard PQstatus(handle) == CONNECTION_OK else {
            let message = address.redacted(String(cString: PQerrorMessage(handle)))
            PQfinish(handle)
            throw PostgresFailure.connecting(message, to: address)
        }
        self.handle = handle
        self.address = address
        // So that sending a large statement to a server that hangs does not hang as well.
        guard PQsetnonblocking(handle, 1) == 0 else {
            throw GatehouseError(.internalFailure, "libpq does not send without blocking.")
        }
    }

    deinit { PQfinish(handle) }

    var isUsable: Bool { PQstatus(handle) == CONNECTION_OK && PQtransactionStatus(handle) == PQTRANS_IDLE }

    /// Runs a statement and returns its rows. Values travel beside the text, never in it. Fails as `PostgresFailure` says,
    /// and with `unavailable` after `callSecondsMax` or when `isUnwanted` says so.
    @discardableResult
    func rows(_ statement: SQLStatement, isUnwanted: () -> Bool = { false }) throws -> [SQLRow] {
        let parameters = try PostgresParameters(statement.values)
        let text = statement.text { "$\($0)" }
        let isSent = parameters.withPointers { types, values, lengths, formats in
            PQsendQueryParams(handle, text, Int32(parameters.count), types, values, lengths, formats, 1)
        }
        guard isSent == 1 else { throw lost() }
        let deadline = ContinuousClock.now + .seconds(Self.callSecondsMax)
        while true {
            let left = PQflush(handle)
            if left == 0 { break }
            guard left == 1 else { throw lost() }
            try wait(for: POLLIN | POLLOUT, until: deadline, isUnwanted)
            guard PQconsumeInput(handle) == 1 else { throw lost() }
        }
        var rows: [SQLRow] = []
        var failure: GatehouseError?
        // Until libpq says that nothing more comes: a connection with a result left takes no further statement.
        while true {
            while PQisBusy(handle) == 1 {
                try wait(for: POLLIN, until: deadline, isUnwanted)
                guard PQconsumeInput(handle) == 1 else { throw lost() }
            }
            guard let result = PQgetResult(handle) else { break }
            defer { PQclear(result) }
            switch PQresultStatus(result) {
            case PGRES_TUPLES_OK: rows = try PostgresRows.read(result)
            case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: break
            default: failure = failure ?? PostgresFailure.of(result, address)
            }
        }
        if let failure { throw failure }
        return rows
    }

    private func wait(for events: Int32, until deadline: ContinuousClock.Instant, _ isUnwanted: () -> Bool) throws {
        while true {
            var descriptor = pollfd(fd: PQsocket(handle), events: Int16(events), revents: 0)
            guard descriptor.fd >= 0 else { throw lost() }
            let ready = poll(&descriptor, 1, Self.pollMillisecondsMax)
            if ready > 0 { return }
            if ready < 0, errno != EINTR { throw lost() }
            guard ContinuousClock.now < deadline, !isUnwanted() else {
                throw GatehouseError(
                    .unavailable, "PostgreSQL at \(address.description) did not answer within \(Self.callSecondsMax) s.")
            }
        }
    }

    private func lost() -> GatehouseError {
        let message = address.redacted(String(cString: PQerrorMessage(handle)))
        return GatehouseError(.unreachable, "The connection to \(address.description) was lost: \(message)")
    }

    private static func connect(_ options: [(String, String)]) -> OpaquePointer? {
        let keywords = options.map { strdup($0.0) }
        let values = options.map { strdup($0.1) }
        defer { for pointer in keywords + values { free(pointer) } }
        // libpq reads two lists that end with a null, and keeps neither.
        return (keywords.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { keywords in
            (values.map { UnsafePointer($0) } + [nil]).withUnsafeBufferPointer { values in
                PQconnectdbParams(keywords.baseAddress, values.baseAddress, 1)
            }
        }
    }
}

/// The values of one statement in libpq's binary form.
struct PostgresParameters {
    private var types: [Oid] = []
    private var bytes: [UInt8] = []
    /// Where each value begins in `bytes`; nil: NULL.
    private var starts: [Int?] = []
    private var lengths: [Int32] = []

    var count: Int { types.count }

    /// Fails with `invalidArgument` for what PostgreSQL cannot store, and with `tooLarge` for too much of it.
    init(_ values: [SQLValue]) throws(GatehouseError) {
        guard values.count <= PostgresConnection.parametersMax else {
            throw GatehouseError(.tooLarge, "A statement has \(values.count) values; \(PostgresConnection.parametersMax) fit.")
        }
        for value in values {
            let start = bytes.count
            switch value {
            case .null:
                types.append(0)
                starts.append(nil)
                lengths.append(0)
                continue
            case .integer(let integer):
                types.append(PostgresType.bigint)
                withUnsafeBytes(of: integer.bigEndian) { bytes += $0 }
            case .double(let double):
                guard !double.isNaN else { throw GatehouseError(.invalidArgument, "Not a number cannot be stored.") }
                types.append(PostgresType.double)
                withUnsafeBytes(of: double.bitPattern.bigEndian) { bytes += $0 }
            case .text(let text):
                guard !text.utf8.contains(0) else {
                    throw GatehouseError(.invalidArgument, "A text with a NUL character cannot be stored.")
                }
                types.append(PostgresType.text)
                bytes += text.utf8
            case .bytes(let raw):
                types.append(PostgresType.bytes)
                bytes += raw
            }
            guard let length = Int32(exactly: bytes.count - start) else {
                throw GatehouseError(.tooLarge, "A value of a statement has more than 2 GiB.")
            }
            starts.append(start)
            lengths.append(length)
        }
    }

    /// The lists as libpq takes them; they live as long as the call.
    func withPointers<T>(
        _ body: (
            UnsafePointer<Oid>?, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
        ) -> T
    ) -> T {
        let formats = [Int32](repeating: 1, count: count)
        // One byte more: an empty value has an address too, which tells it from NULL.
        return (bytes + [0]).withUnsafeBytes { buffer in
            let pointers = starts.map { start in
                // Inside the buffer: every start was its length at some time.
                start.flatMap { buffer.baseAddress?.advanced(by: $0).assumingMemoryBound(to: CChar.self) }
            }
            return types.withUnsafeBufferPointer { types in
                pointers.withUnsafeBufferPointer { pointers in
                    lengths.withUnsafeBufferPointer { lengths in
                        formats.withUnsafeBufferPointer { formats in
                            body(types.baseAddress, pointers.baseAddress, lengths.baseAddress, formats.baseAddress)
                        }
                    }
                }
            }
        }
    }
}
