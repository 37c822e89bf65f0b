import GatehouseCore
import Glibc
import Statistics

/// Sound and half-sound files of one reader, and what is made of them.
struct FuzzCorpus {
    /// Mutated inputs are cut off here; the seeds are far smaller.
    static let inputBytesMax = 128 << 10

    let seeds: [[UInt8]]
    private let mutator: Mutator

    /// Reads the committed fixtures and examples below `root`. Fails with `notFound` when there are none.
    init(_ reader: FuzzReader, root: String) throws {
        var files = try Self.places(of: reader).flatMap { folder, ending in
            try Self.files(in: "\(root)/\(folder)", ending: ending)
        }
        files.sort { $0.name < $1.name }
        guard !files.isEmpty || reader == .planted else {
            throw GatehouseError(
                .notFound, "There is no example for \(reader.rawValue) below \(root).", hint: "Name the checkout with --root.")
        }
        self.init(seeds: files.map(\.bytes), isText: reader.isText)
    }

    init(seeds: [[UInt8]], isText: Bool) {
        self.seeds = seeds.isEmpty ? [[]] : seeds
        mutator = Mutator(seeds: self.seeds, isText: isText)
    }

    /// The first inputs are the seeds as they are; each later one is a seed with one to four mutations, mostly one.
    func input(seed: UInt64, index: Int) -> [UInt8] {
        if index < seeds.count { return seeds[index] }
        // Two rounds keep neighbouring seeds and indices from sharing streams.
        var mixer = SeededGenerator(seed: seed)
        var generator = SeededGenerator(seed: mixer.next() ^ UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
        var bytes = seeds[generator.below(seeds.count)]
        for _ in 0...min(generator.below(4), generator.below(4), generator.below(4)) { mutator.mutate(&bytes, &generator) }
        if bytes.count > Self.inputBytesMax { bytes.removeLast(bytes.count - Self.inputBytesMax) }
        return bytes
    }

    private static func places(of reader: FuzzReader) -> [(folder: String, ending: String)] {
        let fixtures = "Tests/ScoringTests/Fixtures"
        let seeds = "Tests/Fuzz/Seeds"
        let models = ["v1", "v2", "v3"].map { "Examples/credit-risk/models/\($0)" }
        return switch reader {
        case .lightGBM: [(fixtures, ".txt"), ("Examples/credit-risk/models/v2", ".lgb")]
        case .xgboostJSON: [(fixtures, ".json"), ("Examples/credit-risk/models/v1", "model.json")]
        case .xgboostUBJSON: [(fixtures, ".ubj"), ("Examples/credit-risk/models/v3", ".ubj")]
        case .csv: [(seeds, ".csv")]
        case .jsonLines: [(seeds, ".jsonl")]
        case .policy: [(seeds, ".yaml"), ("Examples/credit-risk", ".yaml"), ("Examples/quickstart", ".yaml")]
        case .mlmodel: models.map { ($0, "MLmodel") }
        case .featureStatistics: models.map { ($0, "feature_stats.json") }
        case .planted: []
        }
    }

    private static func files(in folder: String, ending: String) throws -> [(name: String, bytes: [UInt8])] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var files: [(name: String, bytes: [UInt8])] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard name.hasSuffix(ending), !name.hasSuffix(".expected.json") else { continue }
            files.append((name, try bytes("\(folder)/\(name)")))
        }
        return files
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "rb") else { throw GatehouseError(.unavailable, "\(path) cannot be read.") }
        defer { fclose(file) }
        return [UInt8](unsafeUninitializedCapacity: inputBytesMax) { buffer, count in
            count = fread(buffer.baseAddress, 1, inputBytesMax, file)
        }
    }
}
