/// One message for a stream, and how to get in.
struct NATSMessage: Sendable {
    /// Of the server, as the URL has it: what its certificate must say.
    let serverName: String
    let isSecure: Bool
    let verifiesTLS: Bool
    /// `user:password`, or a token; nil: nothing is asked for.
    let authorization: String?
    let subject: String
    let headers: [(name: String, value: String)]
    let body: [UInt8]
}

/// What libnats said, with its status.
struct NATSFailure: Error {
    let status: NATSLibrary.Status
    let words: String

    /// From `nats/status.h`.
    static let timeout: NATSLibrary.Status = 26
    static let noResponders: NATSLibrary.Status = 34
}

extension NATSLibrary {
    /// Sends a message over a connection of its own and returns what was replied. Blocks, for the two durations at most. The address
    /// is the one that was looked up and allowed: neither a second look-up nor what the server says of its cluster leads elsewhere.
    func reply(
        to message: NATSMessage, from address: IPAddress, port: Int, connectMilliseconds: Int64, replyMilliseconds: Int64
    ) throws(NATSFailure) -> [UInt8] {
        var options: OpaquePointer?
        try check(makeOptions(&options))
        defer { freeOptions(options) }
        try set(options, message, address, port, connectMilliseconds)
        var connection: OpaquePointer?
        try check(connect(&connection, options))
        defer { freeConnection(connection) }
        var request: OpaquePointer?
        // The library copies the bytes; a body is far below 2 GiB.
        try check(makeMessage(&request, message.subject, nil, message.body, Int32(clamping: message.body.count)))
        defer { freeMessage(request) }
        for header in message.headers { try check(setHeader(request, header.name, header.value)) }
        var reply: OpaquePointer?
        try check(self.request(&reply, connection, request, replyMilliseconds))
        defer { freeMessage(reply) }
        guard let start = data(reply) else { return [] }
        // `natsMsg_GetDataLength` counts the bytes that `natsMsg_GetData` points at, which live as long as the message.
        return Array(UnsafeBufferPointer(start: start, count: max(0, Int(count(reply)))))
    }

    private func set(
        _ options: OpaquePointer?, _ message: NATSMessage, _ address: IPAddress, _ port: Int, _ milliseconds: Int64
    ) throws(NATSFailure) {
        let host = address.isIPv6 ? "[\(address)]" : "\(address)"
        try check(setURL(options, "nats://\(host):\(port)"))
        try check(setName(options, "gatehouse"))
        try check(setTimeout(options, milliseconds))
        try check(setAllowReconnect(options, false))
        try check(setIgnoreDiscoveredServers(options, true))
        // Its own handler writes to the standard error of the process.
        try check(setErrorHandler(options, { _, _, _, _ in }, nil))
        if message.isSecure { try check(setSecure(options, true)) }
        // For a server that asks for TLS, too. Without a name the library would take any certificate that somebody vouches for.
        try check(setExpectedHostname(options, message.serverName))
        if !message.verifiesTLS { try check(skipServerVerification(options, true)) }
        guard let authorization = message.authorization else { return }
        let parts = authorization.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2 {
            try check(setUserInfo(options, String(parts[0]), String(parts[1])))
        } else {
            try check(setToken(options, authorization))
        }
    }

    /// The library keeps the words of its last error per thread.
    private func check(_ status: Status) throws(NATSFailure) {
        guard status != 0 else { return }
        let name = statusText(status).map { String(cString: $0) } ?? "status \(status)"
        let more = lastError(nil).map { String(cString: $0) } ?? ""
        throw NATSFailure(status: status, words: more.isEmpty || more == name ? name : "\(name): \(more)")
    }
}
