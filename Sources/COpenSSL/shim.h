#pragma once
// The C library's types stay Glibc's; else this module would own those that its headers include first.
#pragma clang module import SwiftGlibc
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// What OpenSSL declares as a macro, or as a stack of a type that Swift does not see.

static inline int copenssl_set_min_version(SSL *ssl, int version) { return SSL_set_min_proto_version(ssl, version); }
static inline int copenssl_set_max_version(SSL *ssl, int version) { return SSL_set_max_proto_version(ssl, version); }
static inline int copenssl_set_server_name(SSL *ssl, const char *name) { return SSL_set_tlsext_host_name(ssl, name); }
static inline void copenssl_accept_old_servers(SSL_CTX *context) {
  SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_AUTO_RETRY);
}
// Asks for a stapled answer about revocation (RFC 6066 section 8).
static inline int copenssl_ask_for_stapling(SSL *ssl) { return SSL_set_tlsext_status_type(ssl, TLSEXT_STATUSTYPE_ocsp) == 1; }
// What the stapled answer says of the host's certificate: V_OCSP_CERTSTATUS_GOOD and so on, -1 for none, -2 for one that
// cannot be read. Its signature is not checked.
static inline int copenssl_stapled_status(SSL *ssl) {
  const unsigned char *start = NULL;
  long length = SSL_get_tlsext_status_ocsp_resp(ssl, &start);
  if (start == NULL || length <= 0) return -1;
  int status = -2;
  OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &start, length);
  OCSP_BASICRESP *basic = response == NULL ? NULL : OCSP_response_get1_basic(response);
  if (basic != NULL && OCSP_resp_count(basic) > 0) {
    status = OCSP_single_get0_status(OCSP_resp_get0(basic, 0), NULL, NULL, NULL, NULL);
  }
  OCSP_BASICRESP_free(basic);
  OCSP_RESPONSE_free(response);
  return status;
}

enum { COPENSSL_PADDING = 1500 };
static inline int copenssl_add_padding(
    SSL *ssl, unsigned int type, unsigned int place, const unsigned char **out, size_t *length, X509 *certificate,
    size_t index, int *alert, void *argument) {
  static const unsigned char zeros[COPENSSL_PADDING];
  *out = zeros;
  *length = sizeof zeros;
  return 1;
}
// Makes every ClientHello longer by COPENSSL_PADDING bytes: an extension of a number that servers must ignore (RFC 8701).
static inline int copenssl_pad_hello(SSL_CTX *context) {
  return SSL_CTX_add_custom_ext(context, 0x3a3a, SSL_EXT_CLIENT_HELLO, copenssl_add_padding, NULL, NULL, NULL, NULL);
}

static inline int copenssl_cipher_count(const STACK_OF(SSL_CIPHER) *ciphers) { return ciphers == NULL ? 0 : sk_SSL_CIPHER_num(ciphers); }
static inline const SSL_CIPHER *copenssl_cipher_at(const STACK_OF(SSL_CIPHER) *ciphers, int index) {
  return sk_SSL_CIPHER_value(ciphers, index);
}

static inline BIO *copenssl_memory_bio(void) {
  BIO *bio = BIO_new(BIO_s_mem());
  // An empty buffer means "not yet", never the end.
  if (bio != NULL) BIO_set_mem_eof_return(bio, -1);
  return bio;
}
static inline size_t copenssl_pending(BIO *bio) { return BIO_ctrl_pending(bio); }
static inline int copenssl_reason(unsigned long error) { return ERR_GET_REASON(error); }

// As RFC 2253 has it, but without escapes for what is beyond ASCII.
static inline int copenssl_print_name(BIO *bio, const X509_NAME *name) {
  return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
}

static inline int copenssl_certificate_count(const STACK_OF(X509) *chain) { return chain == NULL ? 0 : sk_X509_num(chain); }
static inline X509 *copenssl_certificate_at(const STACK_OF(X509) *chain, int index) { return sk_X509_value(chain, index); }
static inline STACK_OF(X509) *copenssl_certificates_new(void) { return sk_X509_new_null(); }
static inline int copenssl_certificates_push(STACK_OF(X509) *chain, X509 *certificate) { return sk_X509_push(chain, certificate); }
// Frees the stack, not the certificates.
static inline void copenssl_certificates_free(STACK_OF(X509) *chain) { sk_X509_free(chain); }

static inline GENERAL_NAMES *copenssl_alternative_names(X509 *certificate) {
  return (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}
static inline int copenssl_name_count(const GENERAL_NAMES *names) { return names == NULL ? 0 : sk_GENERAL_NAME_num(names); }
static inline GENERAL_NAME *copenssl_name_at(const GENERAL_NAMES *names, int index) { return sk_GENERAL_NAME_value(names, index); }
// The string of a DNS name or the octets of an IP address, else NULL.
static inline const ASN1_STRING *copenssl_name_value(const GENERAL_NAME *name, int *type) {
  *type = name->type;
  if (name->type == GEN_DNS) return name->d.dNSName;
  if (name->type == GEN_IPADD) return name->d.iPAddress;
  if (name->type == GEN_URI) return name->d.uniformResourceIdentifier;
  return NULL;
}

static inline EXTENDED_KEY_USAGE *copenssl_extended_key_usage(X509 *certificate) {
  return (EXTENDED_KEY_USAGE *)X509_get_ext_d2i(certificate, NID_ext_key_usage, NULL, NULL);
}
static inline int copenssl_object_count(const EXTENDED_KEY_USAGE *usage) { return usage == NULL ? 0 : sk_ASN1_OBJECT_num(usage); }
static inline ASN1_OBJECT *copenssl_object_at(const EXTENDED_KEY_USAGE *usage, int index) { return sk_ASN1_OBJECT_value(usage, index); }

static inline AUTHORITY_INFO_ACCESS *copenssl_authority_information(X509 *certificate) {
  return (AUTHORITY_INFO_ACCESS *)X509_get_ext_d2i(certificate, NID_info_access, NULL, NULL);
}
static inline int copenssl_access_count(const AUTHORITY_INFO_ACCESS *access) { return access == NULL ? 0 : sk_ACCESS_DESCRIPTION_num(access); }
static inline GENERAL_NAME *copenssl_access_at(const AUTHORITY_INFO_ACCESS *access, int index, int *method) {
  ACCESS_DESCRIPTION *description = sk_ACCESS_DESCRIPTION_value(access, index);
  *method = OBJ_obj2nid(description->method);
  return description->location;
}

static inline int copenssl_store_count(X509_STORE *store) {
  STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);
  return objects == NULL ? 0 : sk_X509_OBJECT_num(objects);
}

static inline CRL_DIST_POINTS *copenssl_distribution_points(X509 *certificate) {
  return (CRL_DIST_POINTS *)X509_get_ext_d2i(certificate, NID_crl_distribution_points, NULL, NULL);
}
static inline int copenssl_distribution_point_count(const CRL_DIST_POINTS *points) { return points == NULL ? 0 : sk_DIST_POINT_num(points); }
// The names of the full form, NULL for the form that is relative to the issuer.
static inline const GENERAL_NAMES *copenssl_distribution_point_names(const CRL_DIST_POINTS *points, int index) {
  DIST_POINT *point = sk_DIST_POINT_value(points, index);
  return point->distpoint == NULL || point->distpoint->type != 0 ? NULL : point->distpoint->name.fullname;
}

#include "server.h"
