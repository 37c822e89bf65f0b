import GatehouseCore
import MirrorS3
import Testing

@Suite("The list of an S3 bucket's versions")
struct S3ListingTests {
    @Test("versions, delete markers and the next page are read")
    func reads() throws {
        let xml = """
            <?xml version="1.0" encoding="UTF-8"?>
            <ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>audit</Name>
            <IsTruncated>true</IsTruncated><NextKeyMarker>a&amp;b&lt;</NextKeyMarker><NextVersionIdMarker>v2</NextVersionIdMarker>
            <Version><Key>tile/0/000</Key><VersionId>v1</VersionId><IsLatest>false</IsLatest><ETag>&quot;x&quot;</ETag></Version>
            <DeleteMarker><Key>tile/0/000</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest></DeleteMarker>
            </ListVersionsResult>
            """
        let page = try S3Listing(parsing: Array(xml.utf8))
        #expect(page.versions.map(\.key) == ["tile/0/000", "tile/0/000"])
        #expect(page.versions.map(\.isLatest) == [false, true] && page.versions.map(\.isDeleteMarker) == [false, true])
        #expect(page.versions[0].tag == "\"x\"" && page.next?.key == "a&b<" && page.next?.version == "v2")
    }

    @Test("the last page has no next one, and an empty bucket no versions")
    func last() throws {
        let page = try S3Listing(parsing: Array("<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>".utf8))
        #expect(page.next == nil && page.versions.isEmpty)
    }

    @Test("what is no list is not taken for an empty one", arguments: ["", "<html>", "<Error><Code>AccessDenied</Code></Error>"])
    func other(_ text: String) {
        #expect(throws: GatehouseError.self) { try S3Listing(parsing: Array(text.utf8)) }
    }
}
