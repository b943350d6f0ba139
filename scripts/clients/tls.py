"""TLS: a server of its own, with certificates that are made here."""

import os
import subprocess
import tempfile

import adbc_driver_flightsql.dbapi as adbc
import adbc_driver_manager
import psycopg
from adbc_driver_flightsql import DatabaseOptions

from tests import PASSWORD, USER, client, equal, fails

SETTINGS = '\n[serve.tls]\ncertificate = "server.pem"\nkey = "server.key"\nclient_authority = "ca.pem"\n'


def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, stderr=subprocess.DEVNULL)


def certificates(folder, authority="ca", names=("server", "client")):
    """An authority, and certificates by it for localhost."""
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={authority}", "-keyout", f"{authority}.key", "-out", f"{authority}.pem")
    with open(os.path.join(folder, "extensions"), "w") as extensions:
        extensions.write("subjectAltName=DNS:localhost")
    for name in names:
        openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout", f"{name}.key", "-out", f"{name}.csr")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-CAcreateserial", "-days", "2", "-extfile", "extensions", "-out", f"{name}.pem")


def read(*path):
    with open(os.path.join(*path)) as file:
        return file.read()


def serve(server, folder):
    """Serves a project without data in a folder, as `Server` does one with the example."""
    listen = "127.0.0.1:0"
    return subprocess.Popen([server.binary, "serve", "--project", folder, "--flight-sql", listen, "--postgres", listen, "--http", "off"],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@client("ADBC Flight SQL", "Flight SQL")
def mutual(server):
    """speaks TLS, with a certificate of its own where the server asks for one; a wrong certificate stops the server"""
    with tempfile.TemporaryDirectory() as folder:
        certificates(folder)
        certificates(folder, "other", ("stranger",))
        with open(os.path.join(folder, "onefold.toml"), "w") as settings:
            settings.write(SETTINGS)
        setup = f"CREATE USER {USER} PASSWORD '{PASSWORD}'"
        subprocess.run([server.binary, "sql", "--project", folder, "-c", setup], check=True, stdout=subprocess.DEVNULL)
        process = serve(server, folder)
        try:
            ports = addresses(process)
            flight(folder, ports["grpc"])
            postgres(folder, ports["postgresql"])
        finally:
            process.terminate()
            process.wait(20)
        with open(os.path.join(folder, "server.pem"), "w") as certificate:
            certificate.write("no certificate")
        process = serve(server, folder)
        _, error = process.communicate(timeout=20)
        assert process.returncode != 0 and "server.pem" in error, error


def addresses(process):
    """The ports by the scheme of their addresses."""
    found = {}
    for line in process.stdout:
        scheme, _, address = line.strip().partition("://")
        if address:
            found[scheme.split()[-1].split("+")[0]] = address.split("/")[0].rsplit(":", 1)[1]
        if len(found) == 2:
            return found
    raise AssertionError("the server did not start: " + process.stderr.read())


def flight(folder, port):
    login = {"username": USER, "password": PASSWORD, DatabaseOptions.TLS_ROOT_CERTS.value: read(folder, "ca.pem")}

    def one(scheme="grpc+tls", **options):
        with adbc.connect(f"{scheme}://localhost:{port}", db_kwargs={**login, **options}) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return cursor.fetchone()

    def certificate(name):
        chain, key = DatabaseOptions.MTLS_CERT_CHAIN.value, DatabaseOptions.MTLS_PRIVATE_KEY.value
        return {chain: read(folder, f"{name}.pem"), key: read(folder, f"{name}.key")}

    equal(one(**certificate("client")), (1,))
    fails(adbc_driver_manager.Error, one)
    fails(adbc_driver_manager.Error, lambda: one(**certificate("stranger")))
    fails(adbc_driver_manager.Error, lambda: one("grpc"))


def postgres(folder, port):
    url = f"postgresql://{USER}:{PASSWORD.replace(' ', '%20')}@localhost:{port}/onefold?sslrootcert={folder}/ca.pem&sslmode="
    with psycopg.connect(url + "verify-full") as connection:
        equal(connection.execute("SELECT 1").fetchone(), (1,))
    other = url.replace("/ca.pem", "/other.pem")
    fails(psycopg.OperationalError, lambda: psycopg.connect(other + "verify-full"), "certificate")
    fails(psycopg.OperationalError, lambda: psycopg.connect(url + "disable"), "TLS")


TESTS = [mutual]
