package import GatehouseCore
import Glibc

/// A model file on disk. The content decides the format; the extension only helps to explain a refusal.
package enum ModelFile {
    /// Reads a LightGBM text or an XGBoost JSON or UBJSON model.
    ///
    /// Fails with `notFound` or `unavailable` when the file cannot be read, with `tooLarge` past `modelBytesMax`, with
    /// `invalidArgument` when it is damaged or of no known format, with `notImplemented` naming an option that is not
    /// scored natively.
    package static func load(path: String) throws(GatehouseError) -> NativeModel {
        try load(bytes: try bytes(path: path, bytesMax: ModelLimits.modelBytesMax), named: path)
    }

    package static func load(bytes: [UInt8], named name: String) throws(GatehouseError) -> NativeModel {
        let format = try format(of: bytes, named: name)
        do {
            switch format {
            case .lightGBMText: return try LightGBMReader.model(from: bytes)
            case .xgboostJSON: return try XGBoostReader.model(from: jsonDocument(bytes), format: format)
            case .xgboostUBJSON: return try XGBoostReader.model(from: UBJSONParser.parse(bytes), format: format)
            }
        } catch {
            throw GatehouseError(
                error.code, "\(name): \(error.message)",
                hint: error.hint ?? (error.code == .invalidArgument ? ModelLimits.damagedHint : nil), details: error.details,
                cause: error.cause)
        }
    }

    /// What the first bytes say. Fails with `invalidArgument` saying what the file looks like instead.
    package static func format(of bytes: [UInt8], named name: String) throws(GatehouseError) -> ModelFormat {
        if bytes.starts(with: "tree\n".utf8) || bytes.starts(with: "tree\r\n".utf8) { return .lightGBMText }
        if bytes.first == UInt8(ascii: "{"), bytes.count > 1, UBJSONParser.startsMember(bytes[1]) { return .xgboostUBJSON }
        if bytes.first(where: { !isSpace($0) }) == UInt8(ascii: "{") { return .xgboostJSON }
        let (looks, hint) = appearance(of: bytes, named: name)
        throw GatehouseError(.invalidArgument, "\(name) is not a model that is read natively: \(looks).", hint: hint)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

    private static func appearance(of bytes: [UInt8], named name: String) -> (looks: String, hint: String) {
        let resave = "Save it as LightGBM text (.txt) or as XGBoost JSON or UBJSON (.json, .ubj)."
        if bytes.isEmpty { return ("it is empty", resave) }
        if bytes.starts(with: "binf".utf8) || [".model", ".bst", ".deprecated"].contains(where: name.hasSuffix) {
            return ("it looks like XGBoost's old binary format", "Load it in XGBoost and save it as .json or .ubj.")
        }
        if bytes.starts(with: "PK".utf8) || bytes[0] == 0x80 || [".pkl", ".skops", ".joblib"].contains(where: name.hasSuffix) {
            return (
                "it looks like a Python object, which could run code when loaded",
                "Save the booster itself, or choose the endpoint runner or a column of predictions."
            )
        }
        return ("it begins neither like LightGBM text nor like XGBoost JSON or UBJSON", resave)
    }

    private static func jsonDocument(_ bytes: [UInt8]) throws(GatehouseError) -> JSONValue {
        // Every value but the first follows a comma, a colon or a bracket: a bound that costs no memory to find.
        var valueCount = 1
        for byte in bytes {
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "["): valueCount += 1
            default: break
            }
        }
        try ModelLimits.check(valueCount, atMost: ModelLimits.valuesMax, "values")
        return try JSONParser.parse(bytes, allowsNonFinite: true)
    }

    /// A whole regular file. Fails with `notFound`, `unavailable` or `tooLarge`.
    static func bytes(path: String, bytesMax: Int) throws(GatehouseError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw GatehouseError(.invalidArgument, "\(path) is not a regular file.")
        }
        guard let size = Int(exactly: status.st_size), size <= bytesMax else {
            throw GatehouseError(
                .tooLarge, "\(path) has \(status.st_size) bytes; at most \(bytesMax) are read.",
                hint: "Is it the right file?")
        }
        var filled = 0
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            while filled < size, let start = buffer.baseAddress {
                let count = read(descriptor, start + filled, size - filled)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { failure = count < 0 ? errno : 0; break }
                filled += count
            }
            initialized = filled
        }
        guard failure == 0 else { throw unreadable(path, failure) }
        guard filled == size else {
            throw GatehouseError(
                .conflict, "\(path) became shorter while it was read.", hint: "Try again once nothing writes to it.")
        }
        return bytes
    }

    private static func unreadable(_ path: String, _ code: Int32) -> GatehouseError {
        let reason = String(cString: strerror(code))
        return GatehouseError(
            code == ENOENT || code == ENOTDIR ? .notFound : .unavailable, "\(path) cannot be read: \(reason).",
            hint: "Check the path and its permissions.")
    }
}
