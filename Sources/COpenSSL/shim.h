#pragma once
// The C library's types stay Glibc's; else this module would own those that its headers include first.
#pragma clang module import SwiftGlibc
#include <openssl/err.h>
#include <openssl/evp.h>
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

#include "server.h"
