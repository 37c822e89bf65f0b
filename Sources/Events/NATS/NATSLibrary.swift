import GatehouseCore
import Glibc
import Synchronization

/// `libnats`, the C client of NATS (nats.c 3.x), as far as one message needs it. It is looked for when it is first used, and no header
/// of it is compiled: the program runs without it.
///
/// The types stand as in `nats/nats.h` of 3.4: a status is a C enum of 32 bits, options, connections and messages are opaque.
struct NATSLibrary: Sendable {
    typealias Status = Int32
    typealias Make = @Sendable @convention(c) (UnsafeMutablePointer<OpaquePointer?>) -> Status
    typealias Free = @Sendable @convention(c) (OpaquePointer?) -> Void
    typealias SetText = @Sendable @convention(c) (OpaquePointer?, UnsafePointer<CChar>) -> Status
    typealias SetFlag = @Sendable @convention(c) (OpaquePointer?, Bool) -> Status
    typealias SetNumber = @Sendable @convention(c) (OpaquePointer?, Int64) -> Status
    typealias SetTwoTexts =
        @Sendable @convention(c) (OpaquePointer?, UnsafePointer<CChar>, UnsafePointer<CChar>) -> Status
    typealias ErrorHandler =
        @Sendable @convention(c) (OpaquePointer?, OpaquePointer?, Status, UnsafeMutableRawPointer?) -> Void
    typealias SetErrorHandler =
        @Sendable @convention(c) (OpaquePointer?, ErrorHandler, UnsafeMutableRawPointer?) -> Status
    typealias Connect = @Sendable @convention(c) (UnsafeMutablePointer<OpaquePointer?>, OpaquePointer?) -> Status
    typealias MakeMessage =
        @Sendable @convention(c) (
            UnsafeMutablePointer<OpaquePointer?>, UnsafePointer<CChar>, UnsafePointer<CChar>?, UnsafeRawPointer?, Int32
        ) -> Status
    typealias Request =
        @Sendable @convention(c) (UnsafeMutablePointer<OpaquePointer?>, OpaquePointer?, OpaquePointer?, Int64) -> Status
    typealias GetData = @Sendable @convention(c) (OpaquePointer?) -> UnsafePointer<UInt8>?
    typealias GetCount = @Sendable @convention(c) (OpaquePointer?) -> Int32
    typealias StatusText = @Sendable @convention(c) (Status) -> UnsafePointer<CChar>?
    typealias LastError = @Sendable @convention(c) (UnsafeMutablePointer<Status>?) -> UnsafePointer<CChar>?

    let makeOptions: Make
    let freeOptions: Free
    let setURL: SetText
    let setName: SetText
    let setTimeout: SetNumber
    let setAllowReconnect: SetFlag
    let setIgnoreDiscoveredServers: SetFlag
    let setSecure: SetFlag
    let setExpectedHostname: SetText
    let skipServerVerification: SetFlag
    let setUserInfo: SetTwoTexts
    let setToken: SetText
    let setErrorHandler: SetErrorHandler
    let connect: Connect
    let freeConnection: Free
    let makeMessage: MakeMessage
    let setHeader: SetTwoTexts
    let freeMessage: Free
    let request: Request
    let data: GetData
    let count: GetCount
    let statusText: StatusText
    let lastError: LastError

    /// Oldest last; the first is there with the development files only.
    static let names = ["libnats.so"] + (4...20).reversed().map { "libnats.so.3.\($0)" }

    /// What was found once. A library that was not there is looked for again: it may have been installed since.
    private static let found = Mutex<NATSLibrary?>(nil)

    /// Fails with `invalidArgument`: it is not installed, or lacks a function. Reads files, so not for a thread that others wait for.
    static func loaded() throws(GatehouseError) -> NATSLibrary {
        if let library = found.withLock({ $0 }) { return library }
        let library = try open(names)
        found.withLock { $0 = library }
        return library
    }

    /// The first of the names that is there. Fails as `loaded` does.
    static func open(_ names: [String]) throws(GatehouseError) -> NATSLibrary {
        for name in names {
            if let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) { return try NATSLibrary(handle) }
        }
        throw GatehouseError(
            .invalidArgument, "Events go to NATS through libnats, which is not installed where this server runs.",
            hint: "Install it there: apt-get install libnats3.4 (Debian 12), or nats.c 3.4 or newer.")
    }

    /// The handle is never closed: the functions live as long as the process.
    private init(_ handle: UnsafeMutableRawPointer) throws(GatehouseError) {
        // Each function has the C type that its name has in the header; a pointer to one is as wide as any.
        func function<T>(_ name: String, as type: T.Type) throws(GatehouseError) -> T {
            guard let address = dlsym(handle, name) else {
                throw GatehouseError(
                    .invalidArgument, "The libnats of this machine has no '\(name)'.", hint: "It must be 3.4 or newer.")
            }
            return unsafeBitCast(address, to: type)
        }
        makeOptions = try function("natsOptions_Create", as: Make.self)
        freeOptions = try function("natsOptions_Destroy", as: Free.self)
        setURL = try function("natsOptions_SetURL", as: SetText.self)
        setName = try function("natsOptions_SetName", as: SetText.self)
        setTimeout = try function("natsOptions_SetTimeout", as: SetNumber.self)
        setAllowReconnect = try function("natsOptions_SetAllowReconnect", as: SetFlag.self)
        setIgnoreDiscoveredServers = try function("natsOptions_SetIgnoreDiscoveredServers", as: SetFlag.self)
        setSecure = try function("natsOptions_SetSecure", as: SetFlag.self)
        setExpectedHostname = try function("natsOptions_SetExpectedHostname", as: SetText.self)
        skipServerVerification = try function("natsOptions_SkipServerVerification", as: SetFlag.self)
        setUserInfo = try function("natsOptions_SetUserInfo", as: SetTwoTexts.self)
        setToken = try function("natsOptions_SetToken", as: SetText.self)
        setErrorHandler = try function("natsOptions_SetErrorHandler", as: SetErrorHandler.self)
        connect = try function("natsConnection_Connect", as: Connect.self)
        freeConnection = try function("natsConnection_Destroy", as: Free.self)
        makeMessage = try function("natsMsg_Create", as: MakeMessage.self)
        setHeader = try function("natsMsgHeader_Set", as: SetTwoTexts.self)
        freeMessage = try function("natsMsg_Destroy", as: Free.self)
        request = try function("natsConnection_RequestMsg", as: Request.self)
        data = try function("natsMsg_GetData", as: GetData.self)
        count = try function("natsMsg_GetDataLength", as: GetCount.self)
        statusText = try function("natsStatus_GetText", as: StatusText.self)
        lastError = try function("nats_GetLastError", as: LastError.self)
    }
}
