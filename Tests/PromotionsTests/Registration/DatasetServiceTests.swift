import GatehouseCore
import Registry
import Testing

@testable import Promotions

@Suite("Adding datasets", .timeLimit(.minutes(2)))
struct DatasetServiceTests {
    @Test("a dataset is counted and its columns are described")
    func add() async throws {
        try await Workshop.run { shop in
            let dataset = try await shop.dataset("holdout", Loan.csv(rows: 20))
            #expect(dataset.reference == "holdout@1")
            #expect(dataset.rowCount == 20)
            #expect(
                dataset.columns == [
                    ["name": "utilisation", "type": "numeric"], ["name": "late_payments", "type": "numeric"],
                    ["name": "age_band", "type": "text"], ["name": "defaulted", "type": "numeric"],
                ])
            #expect(try await shop.dataset("holdout", Loan.csv(rows: 20)) == dataset)
            #expect(try await shop.dataset("holdout", Loan.csv(rows: 21)).reference == "holdout@2")
        }
    }

    @Test("the same bytes with another column read as text are another version, not the old one again")
    func textColumns() async throws {
        try await Workshop.run { shop in
            let first = try await shop.dataset("holdout", Loan.csv(rows: 20))
            let again = try await shop.datasets.add(
                name: "holdout", digest: first.digest, format: first.format, textColumns: ["late_payments"], by: shop.ada)
            #expect(again.reference == "holdout@2")
            #expect(again.columns.arrayValue?.contains(["name": "late_payments", "type": "text"]) == true)
        }
    }

    @Test("a file that is no table is refused, naming the row")
    func badRow() async throws {
        try await Workshop.run { shop in
            let csv = Loan.csv(rows: 20) { row, loan in if row == 11 { loan.utilisation = "a lot" } }
            let error = try await expectFailure(.invalidArgument) { try await shop.dataset("holdout", csv) }
            #expect(says(error.message, "holdout, row 12"), "\(error)")
            #expect(says(error.message, "utilisation"), "\(error)")
            try await expectFailure(.notFound) {
                try await shop.store.read { tx in try tx.dataset(NamedVersion(name: "holdout", version: nil)) }
            }
        }
    }

    @Test("damaged files are refused", arguments: ["", "a,b\n1\n", "a,a\n1,2\n", "a,b\n1,\"2\n", "\u{0}\u{1}\u{2}"])
    func damaged(text: String) async throws {
        try await Workshop.run { shop in
            try await expectFailure(.invalidArgument) { try await shop.dataset("holdout", text) }
        }
    }

    @Test("an unknown format is refused with those there are")
    func format() async throws {
        try await Workshop.run { shop in
            let blob = try await shop.artifacts.put(Array(Loan.csv(rows: 3).utf8))
            let error = try await expectFailure(.invalidArgument) {
                try await shop.datasets.add(name: "holdout", digest: blob.digest, format: "parquet", by: shop.ada)
            }
            #expect(error.hint == "Formats are: csv, jsonl.")
        }
    }

    @Test("bytes that were not uploaded are not found")
    func notUploaded() async throws {
        try await Workshop.run { shop in
            try await expectFailure(.notFound) {
                try await shop.datasets.add(name: "holdout", digest: Facts.digest(7), format: "csv", by: shop.ada)
            }
        }
    }

    @Test("a name that could not be referred to is refused", arguments: ["", "a@1", " x"])
    func name(name: String) async throws {
        try await Workshop.run { shop in
            try await expectFailure(.invalidArgument) { try await shop.dataset(name) }
        }
    }
}
