import GatehouseCore

/// Numbers given on the command line, refused with the option's name.
enum ToolNumber {
    static let listMax = 1000

    /// `1,2.5,3`. Fails with `invalidArgument` on anything that is no finite number, and beyond `listMax` of them.
    static func list(_ text: String, _ option: String) throws(GatehouseError) -> [Double] {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= listMax else {
            throw GatehouseError(.invalidArgument, "\(option) takes at most \(listMax) numbers.")
        }
        var numbers: [Double] = []
        for part in parts {
            guard let number = Double(part.drop { $0 == " " }), number.isFinite else {
                throw GatehouseError(
                    .invalidArgument, "\(option): '\(part)' is no number.", hint: "Separate numbers by commas: 0.5,0.5.")
            }
            numbers.append(number)
        }
        return numbers
    }

    /// `0.5`, `15`: a number that a person gave, as it was given.
    static func plain(_ number: Double) -> String { JSONValue.number(number).canonicalText }

    static func positive(_ value: Double, _ option: String) throws(GatehouseError) {
        guard value > 0, value.isFinite else { throw GatehouseError(.invalidArgument, "\(option) must be a number above 0.") }
    }

    /// Strictly between 0 and 1.
    static func share(_ value: Double, _ option: String) throws(GatehouseError) {
        guard value > 0, value < 1 else {
            throw GatehouseError(.invalidArgument, "\(option) must lie between 0 and 1.", hint: "10 % is written 0.1.")
        }
    }
}
