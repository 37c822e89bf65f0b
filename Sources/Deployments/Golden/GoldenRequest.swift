package import GatehouseCore

/// A request whose answer is known.
package struct GoldenRequest: Sendable, Equatable {
    package static let fileBytesMax = 8 << 20
    package static let requestsMax = 1_000
    package static let defaultTolerance = 1e-9

    package let name: String
    package let request: JSONValue
    package let expected: JSONValue
    /// How far numbers may lie apart.
    package let tolerance: Double

    package init(name: String, request: JSONValue, expected: JSONValue, tolerance: Double = defaultTolerance) {
        self.name = name
        self.request = request
        self.expected = expected
        self.tolerance = tolerance
    }

    /// Reads a JSON list of requests, an object with them in `requests`, or a line of JSON for each. Fails with `invalidArgument`
    /// naming the request, also when there is none: a file without requests would pass whatever is deployed.
    package static func read(_ bytes: [UInt8], file: String) throws(GatehouseError) -> [GoldenRequest] {
        guard bytes.count <= fileBytesMax else {
            throw GatehouseError(.tooLarge, "\(file) has more than \(fileBytesMax) bytes.", hint: "A few requests are enough.")
        }
        let documents = try documents(bytes, file: file)
        guard !documents.isEmpty, documents.count <= requestsMax else {
            throw GatehouseError(
                .invalidArgument, "\(file) holds \(documents.count) golden requests, not 1 to \(requestsMax).",
                hint: "Write one per line: {\"request\": …, \"expected\": …}")
        }
        var requests: [GoldenRequest] = []
        for (index, document) in documents.enumerated() {
            requests.append(try GoldenRequest(document, number: index + 1, file: file))
        }
        return requests
    }

    private static func documents(_ bytes: [UInt8], file: String) throws(GatehouseError) -> [JSONValue] {
        do throws(GatehouseError) {
            let whole = try JSONParser.parse(bytes)
            if let list = whole.arrayValue ?? whole["requests"]?.arrayValue { return list }
            return [whole]
        } catch let whole {
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            var documents: [JSONValue] = []
            for (number, line) in lines.enumerated() where !line.allSatisfy({ $0 == 32 || $0 == 9 || $0 == 13 }) {
                do throws(GatehouseError) { documents.append(try JSONParser.parse(line)) } catch {
                    let place = documents.isEmpty ? whole.message : "line \(number + 1): \(error.message)"
                    throw GatehouseError(.invalidArgument, "\(file) holds no golden requests: \(place)")
                }
            }
            return documents
        }
    }

    private init(_ document: JSONValue, number: Int, file: String) throws(GatehouseError) {
        func failure(_ why: String) -> GatehouseError {
            GatehouseError(
                .invalidArgument, "Golden request \(number) of \(file) \(why).",
                hint: "Write it as {\"name\": …, \"request\": …, \"expected\": …, \"tolerance\": 1e-6}.")
        }
        guard let members = document.objectValue else { throw failure("is no object") }
        let known: Set = ["name", "request", "expected", "tolerance"]
        if let other = members.keys.filter({ !known.contains($0) }).min() { throw failure("has the unknown member '\(other)'") }
        guard let request = members["request"], let expected = members["expected"] else {
            throw failure("lacks 'request' or 'expected'")
        }
        guard !Self.saysNothing(expected) else { throw failure("expects nothing, so every answer would do") }
        let tolerance = members["tolerance"].map { $0.doubleValue } ?? Self.defaultTolerance
        guard let tolerance, tolerance >= 0, tolerance.isFinite else { throw failure("has a tolerance that is no number from 0") }
        self.init(
            name: members["name"]?.stringValue ?? "request \(number)", request: request, expected: expected,
            tolerance: tolerance)
    }

    /// An empty object is in every object.
    private static func saysNothing(_ expected: JSONValue) -> Bool { expected.objectValue.map(\.isEmpty) ?? (expected == .null) }
}
