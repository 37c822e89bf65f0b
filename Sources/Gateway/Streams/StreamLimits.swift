/// What a client may do with HTTP/2, beside what holds for every request. Floods of resets, settings, pings, empty frames and
/// continuations are ended by the counts of NIOHTTP2 (200 of each kind in 30 s).
enum StreamLimits {
    static let streamsMax = 100
    /// Of one stream, and of all streams of a connection.
    static let windowBytes = 64 << 10
    static let connectionWindowBytes = 1 << 20
    static let outboundHighBytes = 64 << 10
    static let outboundLowBytes = 16 << 10
    /// How long open streams may go on when their connection is to end.
    static let graceMilliseconds: Int64 = 30_000
    /// A message of a call, and the answer it is made of.
    static let callBytesMax = 4 << 20
    static let callAnswerBytesMax = 16 << 20
    /// Of a call to a model server.
    static let callWindowBytes = 1 << 20
    /// Pings and settings that a model server may send in 30 s.
    static let callControlFramesMax = 2_000
}
