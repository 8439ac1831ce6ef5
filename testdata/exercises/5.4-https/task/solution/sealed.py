"""sealed ADDR NAME FILE: talks TLS with NAME, and says how it ended."""
import socket
import ssl
import sys


def main():
    addr, name, file = sys.argv[1:]
    host, port = addr.rsplit(":", 1)
    trust = ssl.create_default_context(cafile=file)
    # An end without TLS's goodbye is an error. (Old Pythons learn that from
    # the argument below, new ones from this option.)
    trust.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    with socket.create_connection((host, int(port))) as conn:
        try:
            conn = trust.wrap_socket(conn, server_hostname=name,
                                     suppress_ragged_eofs=False)
        except ssl.SSLCertVerificationError as err:
            fail("wrong name" if err.verify_code == HOSTNAME_MISMATCH else "not trusted")
        except ssl.SSLError as err:
            fail("cut off" if "EOF" in str(err) else "no TLS")
        except ConnectionError:
            fail("cut off")
        try:
            talk(conn)
        except OSError:
            fail("cut off")
    print("end")


HOSTNAME_MISMATCH = 62  # X509_V_ERR_HOSTNAME_MISMATCH of OpenSSL


def talk(conn):
    """Says good day, and prints what comes until the server's goodbye."""
    conn.sendall(b"good day\n")
    while piece := conn.recv(1024):
        sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()


def fail(why):
    print(why)
    sys.exit(1)


main()
