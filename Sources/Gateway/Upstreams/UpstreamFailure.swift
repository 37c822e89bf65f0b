/// Why a version gave no answer, or none that could be passed on.
package enum UpstreamFailure: String, Error, Sendable, CaseIterable {
    /// No connection in time.
    case connect
    /// Not the whole answer in time.
    case deadline
    /// The connection ended before the answer did.
    case closed
    /// What came is not HTTP.
    case malformed
    /// More than is kept of an answer.
    case tooLarge = "too_large"
    /// Too many requests wait for this version.
    case overloaded
    /// The circuit breaker is open: it failed too often of late.
    case open
    /// A version of this gateway's own is not loaded.
    case notReady = "not_ready"
    /// The server did not prove over TLS that it is who the address names.
    case tls
}
