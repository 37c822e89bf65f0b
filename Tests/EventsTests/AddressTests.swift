import Events
import GatehouseCore
import Testing

@Suite("Where webhooks may go")
struct AddressTests {
    /// By IANA's special-purpose registries; the verdicts are those of Python's `ipaddress.ip_address(a).is_global` but for
    /// 6to4, NAT64 and mapped addresses, which stand for others.
    @Test(
        "addresses that are not public are known as such",
        arguments: [
            "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.0.1",
            "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1",
            "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::",
            "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "fc00::1",
            "fd00:ec2::254",
            "fe80::1", "ff02::1", "2001:db8::1", "2001::1", "2002:7f00:1::", "3fff::1", "100::1", "::10.0.0.1",
        ])
    func notPublic(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(!address.isPublic)
    }

    @Test(
        "neighbours of those ranges are public",
        arguments: [
            "1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1",
            "169.253.255.255", "169.255.0.1", "172.15.255.255", "172.32.0.1", "192.167.255.255", "192.169.0.1", "198.17.255.255",
            "198.20.0.1", "223.255.255.255", "2606:4700:4700::1111", "2a00:1450::1", "2003::1", "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ])
    func isPublic(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(address.isPublic)
    }

    @Test("only the usual spelling is an address", arguments: ["127.1", "0x7f.0.0.1", "2130706433", "1.2.3", "", "::1%lo", "a"])
    func spelling(text: String) { #expect(IPAddress(text) == nil) }

    @Test("a network holds what begins with its bits")
    func networks() throws {
        let network = try Network(parsing: "10.1.0.0/20")
        for (text, isInside) in [
            ("10.1.0.0", true), ("10.1.15.255", true), ("10.1.16.0", false), ("10.0.255.255", false), ("::ffff:10.1.0.1", false),
        ] {
            #expect(network.contains(try #require(IPAddress(text))) == isInside, "\(text)")
        }
        #expect(try Network(parsing: "10.1.2.3").contains(#require(IPAddress("10.1.2.3"))))
        #expect(try Network(parsing: "0.0.0.0/0").contains(#require(IPAddress("9.9.9.9"))))
        #expect(try Network(parsing: "fd00::/8").contains(#require(IPAddress("fdff::1"))))
    }

    @Test(
        "what is no network is refused",
        arguments: [
            "", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.1.2.3/8", "::1/129", "fd00::1/8", "localhost", "10.0.0.0/8/8",
        ])
    func malformedNetwork(text: String) {
        #expect(throws: GatehouseError.self) { try Network(parsing: text) }
    }

    @Test("a URL is taken apart")
    func url() throws {
        let url = try WebhookURL("HTTPS://Example.com:8443/a/b?c=d#e")
        #expect(url.isSecure && url.host == "Example.com" && url.port == 8443)
        #expect(url.origin == "https://Example.com:8443")
        #expect(try WebhookURL("http://[::1]").port == 80)
        #expect(try WebhookURL("http://[::1]").host == "::1")
        #expect(try WebhookURL("https://example.com?x=1").port == 443)
    }

    @Test(
        "what no request can be sent to is refused",
        arguments: [
            "", " ", "example.com", "ftp://example.com", "https://", "https:///x", "https://user:pw@example.com", "https://a b",
            "https://example.com:0", "https://example.com:65536", "https://example.com:", "https://example.com:x", "https://[::1",
            "https://[127.0.0.1]", "https://[]", "https://bücher.example", "https://exa_mple.com\u{0}", "https://a/\r\nHost: b",
            "https://" + String(repeating: "a", count: 254), "https://example.com/" + String(repeating: "a", count: 2048),
        ])
    func malformedURL(text: String) {
        let error = #expect(throws: GatehouseError.self) { try WebhookURL(text) }
        #expect(error?.code == .invalidArgument)
    }
}
