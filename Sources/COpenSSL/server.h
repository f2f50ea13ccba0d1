#pragma once
// What a TLS server and a certificate maker need of OpenSSL that are macros or variadic, and so invisible to Swift.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static inline int server_set_protocol_range(SSL_CTX *context, int lowest, int highest) {
  return SSL_CTX_set_min_proto_version(context, lowest) && SSL_CTX_set_max_proto_version(context, highest);
}

static inline int server_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
  return (int)SSL_CTX_add1_chain_cert(context, certificate);
}

static inline EVP_PKEY *server_make_rsa_key(unsigned int bits) { return EVP_RSA_gen(bits); }

static inline EVP_PKEY *server_make_ec_key(const char *curve) { return EVP_EC_gen(curve); }

/// Adds an extension from its configuration text, as in x509v3_config(5). 1 on success.
static inline int server_add_extension(X509 *certificate, X509 *issuer, int nid, const char *value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
  if (extension == NULL) return 0;
  int added = X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  return added;
}

// Declared by <sys/socket.h> for GNU sources only, which Swift's view of the C library is not. With accept(2) and fcntl(2)
// instead, a process started in between would inherit the connection and keep it open.
struct sockaddr;
int accept4(int socket, struct sockaddr *address, unsigned int *length, int flags);

static inline int server_accept(int socket, int flags) { return accept4(socket, NULL, NULL, flags); }
