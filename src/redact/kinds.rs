//! Tokens that say what they are: the registry of vendor prefixes.
//!
//! An entry is data. A rule anchors on the left and takes the maximal run of the alphabet on the right; exact lengths are
//! never asked for, since vendors change them and a cut tail leaks. Fixtures are generated from the entry (`sample` is a
//! usual tail length), so that no token-like string stands in the source; `misses` are look-alikes that must survive.
//! Prefixes come from vendors' documentation.

use super::alphabet::Alphabet::{self, *};

/// One kind of self-describing token.
#[derive(Debug)]
pub struct Kind {
    /// Appears in the placeholder: `[name#1]`.
    pub name: &'static str,
    pub prefixes: &'static [&'static str],
    pub tail: Alphabet,
    /// Shortest tail in running text. At the end of a field or before an ellipsis a few characters are enough.
    pub min: usize,
    /// Usual length of the tail, for fixtures.
    pub sample: usize,
    /// How much the prefix alone proves.
    pub strength: Strength,
    /// Look-alikes that must survive.
    pub misses: &'static [&'static str],
}

/// How much a prefix proves by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// Distinctive anywhere, even inside a longer word.
    Sure,
    /// Distinctive at the left edge of a word.
    Edge,
    /// Also an ordinary word or syllable: the tail has to look random.
    Weak,
}
use Strength::{Edge, Sure, Weak};

const fn kind(
    name: &'static str,
    prefixes: &'static [&'static str],
    tail: Alphabet,
    min: usize,
    sample: usize,
    strength: Strength,
    misses: &'static [&'static str],
) -> Kind {
    Kind { name, prefixes, tail, min, sample, strength, misses }
}

/// Every prefix. Where prefixes nest, the longest that fits says what a token is.
#[rustfmt::skip]
pub static KINDS: &[Kind] = &[
    kind("jwt", &["eyJ"], Dotted, 12, 180, Edge, &["heyJude", "eyJ"]),
    kind("jwt", &["ZXlK", "eyAi", "ewog", "ewoJ", "eyAg"], Compound, 16, 120, Edge, &["ewogrid"]),
    kind("anthropic-key", &["sk-ant-"], Url, 8, 95, Sure, &["sk-ant-farm"]),
    kind("openai-key", &["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-", "sk-or-v1-", "sk-lf-", "sk-or-"], Url, 12, 48, Edge, &["sk-proj-"]),
    kind("openai-key", &["sk-"], Url, 16, 48, Weak, &["task-runner-7", "sk-loading-circle-large", "sk-SK", "disk-usage-report-2024-01-01"]),
    kind("openai-key", &["sess-"], Alnum, 24, 40, Weak, &["sess-cookie", "process-runner"]),
    kind("github-token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"], Dotted, 16, 40, Sure, &["ghp_short", "github_path_prefix"]),
    kind("gitlab-token", &["glpat-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glft-", "glimt-", "glagent-", "gloas-", "glsoat-", "glptt-", "glffct-", "glwt-", "GR1348941"], Dotted, 12, 20, Edge, &["glpat-", "gldt-file"]),
    kind("slack-token", &["xoxb-", "xoxp-", "xoxa-", "xoxe-", "xoxr-", "xoxs-", "xoxc-", "xoxd-", "xoxo-", "xoxe.", "xapp-", "xwfp-"], Compound, 8, 50, Edge, &["xoxb-bot", "xapp-name"]),
    kind("stripe-key", &["sk_live_", "sk_test_", "rk_live_", "rk_test_", "sk_prod_", "rk_prod_", "whsec_", "sk_org_"], Base64, 10, 30, Edge, &["sk_live_"]),
    kind("aws-key-id", &["AKIA", "ASIA", "ABIA", "ACCA", "A3T"], Upper, 12, 16, Edge, &["ASIAN", "AKIA"]),
    kind("aws-session-token", &["IQoJ", "FwoG", "FQoG", "AQoD"], Base64, 40, 300, Edge, &["FwoGrid"]),
    kind("bedrock-key", &["bedrock-api-key-"], Base64, 12, 120, Sure, &["bedrock-api-key-rotation"]),
    kind("bedrock-key", &["ABSK"], Base64, 40, 120, Edge, &["ABSKIP"]),
    kind("kiro-token", &["aoaAAAA", "aorAAAA", "aoa", "aor"], Compound, 40, 160, Edge, &["aorta", "aoaAAAA"]),
    kind("google-token", &["ya29."], Dotted, 8, 160, Sure, &["ya29."]),
    kind("google-refresh-token", &["1//0", "1//1"], Base64, 16, 100, Edge, &["1//0 comment", "11//06"]),
    kind("google-auth-code", &["4/0A"], Url, 24, 70, Edge, &["4/0A", "24/0ABC"]),
    kind("google-api-key", &["AIza"], Url, 20, 35, Sure, &["AIzawa"]),
    kind("google-api-key", &["AQ.Ab8"], Url, 20, 44, Edge, &["AQ.Ab8"]),
    kind("google-client-secret", &["GOCSPX-"], Url, 8, 28, Sure, &["GOCSPX-"]),
    kind("azure-secret", &["AccountKey=", "SharedAccessKey="], Base64, 16, 88, Sure, &["AccountKey=none"]),
    kind("entra-token", &["0.A", "1.A", "M.C5", "M.R3"], Compound, 80, 400, Weak, &["0.ABC", "1.Alpha"]),
    kind("vault-token", &["hvs.", "hvb.", "hvr."], Dotted, 10, 90, Edge, &["hvs.go", "shvs.example"]),
    kind("vault-token", &["s.", "b.", "r."], Alnum, 24, 24, Weak, &["s.getElementsByTagNameAndClass"]),
    kind("onepassword-token", &["ops_ey"], Base64, 12, 250, Sure, &["ops_eye"]),
    kind("onepassword-key", &["A3-"], Url, 30, 36, Edge, &["A3-landscape-paper-orientation-format"]),
    kind("npm-token", &["npm_"], Alnum, 20, 36, Edge, &["npm_config_registry", "npm_lifecycle_event"]),
    kind("pypi-token", &["pypi-AgE", "pypi-Ag"], Url, 16, 160, Sure, &["pypi-publish"]),
    kind("huggingface-token", &["hf_", "api_org_"], Alnum, 20, 34, Edge, &["hf_hub_download", "shf_x"]),
    kind("linear-key", &["lin_api_", "lin_oauth_"], Alnum, 12, 40, Edge, &["lin_api_version"]),
    kind("notion-token", &["ntn_"], Alnum, 20, 46, Edge, &["ntn_enabled"]),
    kind("notion-token", &["secret_"], Alnum, 30, 43, Weak, &["secret_unavailable", "secret_manager_resource"]),
    kind("atlassian-token", &["ATATT3", "ATCTT3", "ATSTT3", "ATBB", "ATOATT", "ATRTT3", "ATAT"], Base64, 16, 180, Edge, &["ATBBQ"]),
    kind("digitalocean-token", &["dop_v1_", "doo_v1_", "dor_v1_"], Hex, 16, 64, Edge, &["dop_v1_notes"]),
    kind("doppler-token", &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.said.", "dp.scim.", "dp.audit."], Dotted, 16, 43, Edge, &["dp.pt.pdf"]),
    kind("sendgrid-key", &["SG."], Dotted, 30, 66, Weak, &["SG.singapore.example.org.internal.network"]),
    kind("perplexity-key", &["pplx-"], Alnum, 20, 48, Edge, &["pplx-api"]),
    kind("groq-key", &["gsk_"], Alnum, 20, 52, Edge, &["gsk_renderer"]),
    kind("xai-key", &["xai-"], Alnum, 24, 80, Edge, &["xai-explainability"]),
    kind("tailscale-key", &["tskey-"], Url, 12, 40, Edge, &["tskey-"]),
    kind("shopify-token", &["shpat_", "shpca_", "shppa_", "shpss_", "shptka_", "shpua_"], Alnum, 16, 32, Edge, &["shpat_x"]),
    kind("figma-token", &["figd_", "figu_", "figo_"], Url, 16, 40, Edge, &["figd_1"]),
    kind("newrelic-key", &["NRAK-", "NRJS-", "NRII-", "NRIQ-", "NRRA-", "NRBR-", "NRAL-"], Url, 12, 27, Edge, &["NRAK-"]),
    kind("grafana-token", &["glsa_", "glc_"], Base64, 20, 46, Edge, &["glc_name"]),
    kind("postman-key", &["PMAK-", "PMAT-"], Url, 16, 59, Edge, &["PMAK-"]),
    kind("square-token", &["sq0atp-", "sq0csp-", "sq0idp-", "EAAAE", "EAAAl"], Url, 20, 22, Edge, &["EAAAEx"]),
    kind("facebook-token", &["EAAM", "EAAB", "EAAC", "EAAD", "EAAG"], Alnum, 60, 160, Edge, &["EAABx"]),
    kind("mailgun-key", &["key-", "pubkey-"], Hex, 32, 32, Edge, &["key-rotation", "key-deadbeef"]),
    kind("databricks-token", &["dapi", "dkea", "dose"], Hex, 30, 32, Edge, &["dapifeed", "dapi-server"]),
    kind("twilio-key", &["SK"], Hex, 32, 32, Edge, &["SKFADE", "SK0123"]),
    kind("sentry-token", &["sntrys_", "sntryu_", "sntrya_"], Base64, 20, 90, Edge, &["sntrys_"]),
    kind("docker-token", &["dckr_pat_", "dckr_oat_"], Url, 16, 27, Edge, &["dckr_pat_"]),
    kind("rubygems-token", &["rubygems_"], Hex, 32, 48, Edge, &["rubygems_api"]),
    kind("nuget-key", &["oy2"], Alnum, 40, 43, Edge, &["oy2x"]),
    kind("crates-token", &["cio"], Alnum, 32, 32, Weak, &["ciousness", "cioccolatofondenteextrabuonissimoso"]),
    kind("heroku-key", &["HRKU-"], Url, 20, 60, Edge, &["HRKU-"]),
    kind("fly-token", &["fo1_", "fm1r_", "fm1a_", "fm2_"], Base64, 30, 120, Edge, &["fm2_radio"]),
    kind("netlify-token", &["nfp_", "nfc_", "nfo_"], Alnum, 24, 36, Edge, &["nfc_reader"]),
    kind("vercel-token", &["vcp_", "vci_", "vca_", "vcr_", "vck_"], Url, 24, 60, Edge, &["vcp_count"]),
    kind("supabase-key", &["sbp_", "sb_secret_", "sba_"], Url, 20, 40, Edge, &["sbp_size"]),
    kind("planetscale-token", &["pscale_tkn_", "pscale_oauth_", "pscale_pw_", "pscale_otkn_"], Compound, 16, 43, Edge, &["pscale_pw_"]),
    kind("pulumi-token", &["pul-"], Hex, 32, 40, Edge, &["pul-deadbeef"]),
    kind("terraform-token", &[".atlasv1."], Base64, 30, 67, Sure, &["x.atlasv1.io"]),
    kind("contentful-token", &["CFPAT-"], Url, 20, 43, Edge, &["CFPAT-"]),
    kind("dropbox-token", &["sl.u.", "sl.B"], Url, 60, 140, Edge, &["sl.Belgrade"]),
    kind("dropbox-token", &["sl."], Url, 100, 140, Weak, &["sl.singapore"]),
    kind("duffel-token", &["duffel_test_", "duffel_live_"], Base64, 20, 43, Edge, &["duffel_test_"]),
    kind("easypost-key", &["EZAK", "EZTK"], Alnum, 40, 54, Edge, &["EZTKx"]),
    kind("flutterwave-key", &["FLWSECK"], Url, 16, 36, Edge, &["FLWSECK"]),
    kind("brevo-key", &["xkeysib-", "xsmtpsib-"], Url, 20, 81, Sure, &["xkeysib-"]),
    kind("plaid-token", &["access-sandbox-", "access-production-", "access-development-"], Url, 36, 36, Edge, &["access-sandbox-docs"]),
    kind("prefect-key", &["pnu_", "pnb_"], Alnum, 24, 36, Edge, &["pnu_x"]),
    kind("readme-key", &["rdme_"], Alnum, 30, 70, Edge, &["rdme_x"]),
    kind("scalingo-token", &["tk-us-"], Url, 30, 48, Edge, &["tk-us-west"]),
    kind("shippo-token", &["shippo_live_", "shippo_test_"], Hex, 30, 40, Edge, &["shippo_live_"]),
    kind("typeform-token", &["tfp_"], Compound, 30, 59, Edge, &["tfp_x"]),
    kind("yandex-key", &["AQVN", "t1.9eu"], Dotted, 30, 38, Edge, &["AQVNx"]),
    kind("replicate-token", &["r8_"], Alnum, 30, 37, Edge, &["r8_g8"]),
    kind("fireworks-key", &["fw_"], Alnum, 20, 24, Weak, &["fw_configuration_directory"]),
    kind("together-key", &["tgp_v1_"], Url, 20, 43, Edge, &["tgp_v1_"]),
    kind("langchain-key", &["lsv2_pt_", "lsv2_sk_", "ls__"], Url, 20, 43, Edge, &["ls__init"]),
    kind("tavily-key", &["tvly-"], Url, 16, 32, Edge, &["tvly-"]),
    kind("cursor-key", &["crsr_", "key_"], Alnum, 48, 64, Weak, &["key_value_store"]),
    kind("nvidia-key", &["nvapi-"], Url, 30, 64, Edge, &["nvapi-"]),
    kind("checkout-key", &["sk_sbx_", "sk_"], Url, 36, 36, Edge, &["sk_buff", "sk_socket_allocation_in_the_kernel_failed"]),
    kind("elevenlabs-key", &["sk_"], Hex, 40, 48, Edge, &["sk_buff", "sk_deadbeef"]),
    kind("jina-key", &["jina_"], Url, 30, 60, Weak, &["jina_embeddings_v2_base_en_model_file"]),
    kind("firecrawl-key", &["fc-"], Hex, 32, 32, Edge, &["fc-deadbeef"]),
    kind("e2b-key", &["e2b_"], Hex, 32, 40, Edge, &["e2b_sandbox"]),
    kind("pinecone-key", &["pcsk_"], Url, 24, 70, Edge, &["pcsk_"]),
    kind("posthog-key", &["phx_", "phs_"], Url, 30, 43, Edge, &["phx_airport"]),
    kind("sourcegraph-token", &["sgp_", "sgd_", "slk_"], Url, 36, 40, Edge, &["sgp_x"]),
    kind("buildkite-token", &["bkua_", "bkct_", "bkaj_", "bkaa_", "bkar_", "bkpt_", "bkpat_", "bkps_"], Url, 30, 40, Edge, &["bkua_"]),
    kind("circleci-token", &["CCIPAT_", "CCIPRJ_"], Url, 30, 63, Edge, &["CCIPAT_"]),
    kind("jfrog-token", &["AKCp", "cmVmd"], Alnum, 55, 69, Edge, &["AKCpx"]),
    kind("sonar-token", &["squ_", "sqp_", "sqa_"], Hex, 30, 40, Edge, &["squ_x"]),
    kind("age-key", &["AGE-SECRET-KEY-1"], Alnum, 16, 58, Sure, &["AGE-SECRET-KEY-1"]),
    kind("adafruit-key", &["aio_"], Alnum, 24, 28, Edge, &["aio_pika_connection"]),
    kind("alibaba-key", &["LTAI"], Alnum, 12, 20, Edge, &["LTAIx"]),
    kind("tencent-key", &["AKID"], Alnum, 28, 32, Edge, &["AKIDx"]),
    kind("infracost-key", &["ico-"], Alnum, 30, 32, Edge, &["ico-arrow"]),
    kind("clojars-token", &["CLOJARS_"], Alnum, 30, 60, Edge, &["CLOJARS_USERNAME"]),
    kind("dynatrace-token", &["dt0c01.", "dt0s16.", "dt0s01."], Dotted, 30, 89, Sure, &["dt0c01."]),
    kind("hubspot-key", &["pat-na1-", "pat-na2-", "pat-eu1-", "pat-ap1-"], Url, 30, 36, Edge, &["pat-na1-x"]),
    kind("harness-key", &["pat.", "sat."], Dotted, 50, 68, Weak, &["pat.example.internal.network.service.cluster.local.domain.name"]),
    kind("openshift-token", &["sha256~"], Url, 30, 43, Edge, &["sha256~x"]),
    kind("octopus-key", &["API-"], Upper, 24, 26, Edge, &["API-REFERENCE"]),
    kind("settlemint-token", &["sm_aat_", "sm_pat_", "sm_sat_"], Alnum, 12, 16, Edge, &["sm_pat_"]),
    kind("wakatime-key", &["waka_"], Url, 30, 36, Edge, &["waka_x"]),
    kind("xata-key", &["xau_"], Alnum, 30, 40, Edge, &["xau_x"]),
    kind("adobe-key", &["p8e-"], Alnum, 24, 32, Edge, &["p8e-x"]),
    kind("zoho-token", &["1000.", "1001.", "1002.", "1003.", "1004."], Dotted, 60, 65, Weak, &["1000.00"]),
    kind("rainforest-key", &["apikey_"], Hex, 40, 64, Edge, &["apikey_feed"]),
    kind("defined-networking-key", &["dnkey-"], Url, 40, 80, Edge, &["dnkey-"]),
    kind("klaviyo-key", &["pk_"], Alnum, 30, 34, Weak, &["pk_users", "pk_live_settings"]),
    kind("twitter-token", &["AAAAAAAAAAAAAAAAAAAAA"], Base64, 60, 95, Weak, &["AAAAAAAAAAAAAAAAAAAAAAAAAAAA"]),
    kind("mapbox-token", &["sk.ey", "tk.ey"], Dotted, 30, 90, Edge, &["sk.eyes"]),
    kind("asana-token", &["2/", "1/1"], Compound, 40, 60, Weak, &["2/usr/local/lib/node_modules/package/index.js"]),
    kind("codex-refresh-token", &["rt_", "rt.1.", "rt1."], Dotted, 20, 80, Weak, &["rt_scheduler_bandwidth_period", "start_1"]),
    kind("workos-token", &["workos:"], Compound, 24, 200, Edge, &["workos:"]),
    kind("airtable-token", &["pat"], Dotted, 70, 79, Weak, &["patches", "pathological"]),
    kind("lob-key", &["live_pub_", "test_pub_"], Hex, 16, 31, Edge, &["live_pub_"]),
    kind("frameio-token", &["fio-u-"], Base64, 40, 64, Edge, &["fio-u-"]),
    kind("authress-key", &["sc_", "ext_", "scauth_", "authress_"], Compound, 60, 100, Weak, &["ext_authz_denied"]),
    kind("intra42-secret", &["s-s4t2ud-", "s-s4t2af-"], Hex, 30, 64, Edge, &["s-s4t2ud-"]),
    kind("cloudflare-key", &["v1.0-"], Url, 100, 171, Edge, &["v1.0-rc"]),
    kind("auth0-token", &["v1.M"], Url, 30, 60, Edge, &["v1.Main"]),
    kind("openssh-key", &["b3BlbnNzaC1rZXktdjE"], Base64, 20, 300, Sure, &["b3BlbnNzaC1rZXktdjE"]),
    kind("pkcs-key", &["MIIEv", "MIIEp", "MIIEo", "MIIJQ", "MIIJK", "MIICd", "MIICX", "MIGHAg", "MHcCAQ", "MC4CAQ"], Base64, 48, 300, Edge, &["MIIEvx"]),
    kind("password-hash", &["$2a$", "$2b$", "$2y$", "$2x$", "$argon2", "$6$", "$5$", "$1$", "$y$", "$pbkdf2", "$scrypt", "$apr1$"], Crypt, 8, 40, Weak, &["$1 and $2", "$5$"]),
    kind("gitea-token", &["gta_", "gtea_"], Hex, 30, 40, Edge, &["gta_v"]),
    kind("resend-key", &["re_"], Url, 28, 33, Weak, &["re_export_all_the_modules_here_now"]),
    kind("mailerlite-key", &["mlsn."], Alnum, 30, 64, Edge, &["mlsn."]),
    kind("infisical-token", &["st."], Dotted, 60, 80, Weak, &["st.example.internal.network.service.cluster.local.domain.name"]),
    kind("beamer-token", &["b_"], Base64, 44, 45, Weak, &["b_"]),
    kind("launchdarkly-key", &["sdk-", "mob-", "api-"], Url, 36, 36, Weak, &["sdk-for-building-the-internet-of-things-apps", "api-gateway-controller-service-account-token"]),
    kind("snyk-token", &["snyk_uat.", "snyk_sat."], Dotted, 20, 90, Edge, &["snyk_uat."]),
    kind("rapidapi-key", &["rapidapi_"], Alnum, 30, 50, Edge, &["rapidapi_key"]),
    kind("unkey-key", &["unkey_"], Alnum, 16, 24, Edge, &["unkey_root"]),
    kind("neon-key", &["napi_"], Alnum, 30, 64, Edge, &["napi_create_function"]),
    kind("aikido-token", &["AIK_CI_", "AIK_CLIENT_", "AIK_SECRET_"], Alnum, 16, 40, Edge, &["AIK_CLIENT_ID"]),
    kind("alibaba-key", &["STS."], Alnum, 16, 24, Weak, &["STS.AssumeRoleWithWebIdentity"]),
    kind("alibaba-token", &["CAIS"], Base64, 60, 200, Edge, &["CAISSE"]),
    kind("amazon-login-token", &["Atza|", "Atzr|", "Atna|", "Atc|"], Base64, 30, 200, Edge, &["Atza|"]),
    kind("amazon-mws-token", &["amzn.mws."], Dotted, 20, 36, Edge, &["amzn.mws.docs"]),
    kind("amazon-client-secret", &["amzn1.oa2-cs.v1."], Hex, 30, 64, Edge, &["amzn1.oa2-cs.v1.x"]),
    kind("apify-token", &["apify_api_"], Alnum, 20, 36, Edge, &["apify_api_url"]),
    kind("asaas-key", &["$aact_"], Base64, 20, 60, Edge, &["$aact_x"]),
    kind("bitbucket-token", &["BBDC-"], Base64, 30, 44, Edge, &["BBDC-"]),
    kind("bitcoin-key", &["xprv", "tprv", "zprv"], Alnum, 90, 107, Edge, &["xprvx"]),
    kind("braintree-token", &["access_token$production$", "access_token$sandbox$"], Crypt, 20, 50, Edge, &["access_token$sandbox$x"]),
    kind("branch-key", &["key_live_", "key_test_", "secret_live_"], Alnum, 20, 32, Edge, &["key_live_count"]),
    kind("brave-key", &["BSA"], Url, 24, 28, Weak, &["BSAuthenticationManagerService"]),
    kind("browserbase-key", &["bb_live_", "bb_test_"], Url, 20, 27, Edge, &["bb_live_x"]),
    kind("cal-key", &["cal_live_"], Hex, 24, 32, Edge, &["cal_live_x"]),
    kind("canva-secret", &["cnvca"], Url, 40, 51, Edge, &["cnvcax"]),
    kind("cartesia-key", &["sk_car_"], Url, 16, 22, Edge, &["sk_car_rental"]),
    kind("cerebras-key", &["csk-"], Alnum, 30, 48, Edge, &["csk-cluster"]),
    kind("cloudflare-token", &["cfut_", "cfat_", "cfk_"], Alnum, 30, 48, Edge, &["cfat_x"]),
    kind("cloudsmith-key", &["csa_"], Alnum, 30, 36, Edge, &["csa_x"]),
    kind("cockroach-key", &["CCDB1_"], Url, 30, 63, Edge, &["CCDB1_x"]),
    kind("configcat-key", &["configcat-sdk-1/"], Base64, 30, 45, Edge, &["configcat-sdk-1/docs"]),
    kind("datastax-token", &["AstraCS:"], Compound, 20, 90, Edge, &["AstraCS:x"]),
    kind("databento-key", &["db-"], Alnum, 29, 29, Weak, &["db-x"]),
    kind("daytona-key", &["dtn_"], Hex, 30, 64, Edge, &["dtn_x"]),
    kind("deno-token", &["ddp_", "ddw_", "ddo_"], Alnum, 30, 36, Edge, &["ddp_x"]),
    kind("devcycle-key", &["dvc_client_", "dvc_mobile_", "dvc_server_"], Alnum, 8, 24, Edge, &["dvc_server_url"]),
    kind("devin-key", &["apk_user_", "apk_"], Base64, 60, 90, Edge, &["apk_name"]),
    kind("devin-key", &["cog_"], Alnum, 40, 52, Edge, &["cog_x"]),
    kind("swarm-token", &["SWMTKN-1-", "SWMKEY-1-"], Base64, 20, 75, Edge, &["SWMTKN-1-"]),
    kind("ebay-secret", &["PRD-", "SBX-"], Url, 27, 33, Weak, &["PRD-deployment-service-europe-west"]),
    kind("elastic-key", &["essu_"], Base64, 40, 80, Edge, &["essu_x"]),
    kind("endor-key", &["endr+"], Url, 12, 16, Edge, &["endr+x"]),
    kind("exoscale-key", &["EXO"], Alnum, 24, 27, Weak, &["EXOskeleton"]),
    kind("fernet-token", &["gAAAAA"], Base64, 40, 120, Edge, &["gAAAAA"]),
    kind("gcnotify-key", &["gcntfy-"], Url, 36, 80, Edge, &["gcntfy-x"]),
    kind("gitlab-token", &["incoming+"], Url, 24, 40, Weak, &["incoming+x"]),
    kind("intercom-token", &["dG9rO"], Base64, 40, 60, Edge, &["dG9rO"]),
    kind("ionic-token", &["ion_"], Alnum, 30, 42, Edge, &["ion_x"]),
    kind("labelbox-key", &["lbx_", "rma_"], Url, 36, 43, Edge, &["rma_x"]),
    kind("lichess-token", &["lip_", "lio_"], Alnum, 16, 24, Weak, &["lip_synchronisation"]),
    kind("llamacloud-key", &["llx-"], Alnum, 30, 48, Edge, &["llx-x"]),
    kind("mem0-key", &["m0-"], Alnum, 24, 40, Weak, &["m0-x"]),
    kind("mercury-token", &["mercury_production_", "mercury_sandbox_"], Url, 20, 55, Edge, &["mercury_sandbox_x"]),
    kind("mergify-key", &["mergify_application_key_"], Url, 20, 60, Edge, &["mergify_application_key_x"]),
    kind("midtrans-key", &["Mid-server-", "Mid-client-"], Url, 10, 20, Edge, &["Mid-server-x"]),
    kind("mollie-key", &["live_", "test_", "sandbox_"], Url, 30, 40, Weak, &["test_that_the_redactor_keeps_all_of_this", "live_"]),
    kind("mongodb-secret", &["mdb_sa_sk_"], Url, 20, 40, Edge, &["mdb_sa_sk_x"]),
    kind("nostr-key", &["nsec1"], Alnum, 50, 58, Edge, &["nsec1x"]),
    kind("nylas-key", &["nyk_"], Alnum, 30, 67, Edge, &["nyk_x"]),
    kind("onesignal-key", &["os_v2_app_", "os_v2_org_"], Alnum, 40, 103, Edge, &["os_v2_app_id"]),
    kind("onfido-token", &["api_live_ca.", "api_live_us.", "api_live.", "api_sandbox."], Dotted, 20, 43, Edge, &["api_live.example"]),
    kind("paddle-key", &["pdl_live_apikey_", "pdl_sdbx_apikey_"], Url, 20, 53, Edge, &["pdl_live_apikey_x"]),
    kind("paseto", &["v1.local.", "v2.local.", "v3.local.", "v4.local.", "v2.public.", "v4.public."], Dotted, 40, 120, Edge, &["v1.local.x"]),
    kind("persona-key", &["persona_production_", "persona_sandbox_"], Url, 20, 40, Edge, &["persona_production_x"]),
    kind("pinterest-token", &["pina_"], Url, 20, 60, Edge, &["pina_x"]),
    kind("polar-token", &["polar_at_", "polar_oat_", "polar_pat_", "polar_rt_"], Url, 20, 40, Edge, &["polar_pat_x"]),
    kind("posthog-key", &["phc_"], Url, 36, 43, Edge, &["phc_x"]),
    kind("proof-key", &["prf_"], Url, 20, 40, Weak, &["prf_x"]),
    kind("ramp-secret", &["ramp_sec_"], Alnum, 20, 48, Edge, &["ramp_sec_x"]),
    kind("razorpay-key", &["rzp_live_", "rzp_test_"], Alnum, 12, 14, Edge, &["rzp_test_x"]),
    kind("render-key", &["rnd_"], Alnum, 24, 28, Edge, &["rnd_x"]),
    kind("rootly-key", &["rootly_"], Hex, 30, 64, Edge, &["rootly_x"]),
    kind("runpod-key", &["rpa_"], Alnum, 28, 46, Edge, &["rpa_x"]),
    kind("samsara-token", &["samsara_api_"], Alnum, 20, 30, Edge, &["samsara_api_x"]),
    kind("telnyx-key", &["KEY"], Url, 50, 55, Weak, &["KEY_X"]),
    kind("thunderstore-token", &["tss_"], Url, 20, 40, Weak, &["tss_x"]),
    kind("upcloud-token", &["ucat_"], Alnum, 20, 26, Edge, &["ucat_x"]),
    kind("valtown-token", &["vtwn_"], Url, 20, 40, Edge, &["vtwn_x"]),
    kind("voiceflow-key", &["VF.DM.", "VF.WS."], Dotted, 20, 41, Edge, &["VF.DM."]),
    kind("voyage-key", &["pa-", "al-"], Url, 43, 43, Weak, &["pa-x"]),
    kind("wandb-key", &["wandb_v1_"], Url, 30, 77, Edge, &["wandb_v1_x"]),
    kind("woocommerce-key", &["cs_", "ck_"], Hex, 40, 40, Edge, &["cs_test_x"]),
    kind("workato-token", &["wrka"], Dotted, 60, 140, Edge, &["wrkax"]),
    kind("xendit-key", &["xnd_production_", "xnd_development_"], Alnum, 20, 60, Edge, &["xnd_production_x"]),
    kind("zuplo-key", &["zpka_"], Url, 30, 41, Edge, &["zpka_x"]),
    kind("pkcs-key", &["LS0tLS1CRUdJTiBQUklW", "LS0tLS1CRUdJTiBSU0EgUFJJV", "LS0tLS1CRUdJTiBFQyBQUklW", "LS0tLS1CRUdJTiBPUEVOU1NIIFBSSV", "LS0tLS1CRUdJTiBFTkNSWVBURUQgUFJJV", "LS0tLS1CRUdJTiBEU0EgUFJJV", "LS0tLS1CRUdJTiBQR1AgUFJJV"], Base64, 16, 300, Sure, &["LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"]),
    kind("artifactory-token", &["eyJ2ZXIiOi"], Dotted, 20, 200, Edge, &[]),
];

/// Kinds found by other rules than a prefix, so that their placeholders are known too.
pub static OTHER_KINDS: &[&str] = &[
    "api-key",
    "aws-secret",
    "basic-auth",
    "code",
    "cookie",
    "discord-token",
    "email",
    "high-entropy",
    "host",
    "ip",
    "mailchimp-key",
    "password",
    "private-key",
    "secret",
    "salesforce-token",
    "signature",
    "tableau-token",
    "telegram-token",
    "token",
    "user",
    "webhook",
    "azure-client-secret",
    "account",
];

/// The name as a static word, when it is a kind of ours.
pub fn known(name: &[u8]) -> Option<&'static str> {
    KINDS.iter().map(|k| k.name).chain(OTHER_KINDS.iter().copied()).find(|k| k.as_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_prefix_stands_twice_only_if_the_tails_differ() {
        let mut seen = BTreeSet::new();
        for (kind, prefix) in KINDS.iter().flat_map(|kind| kind.prefixes.iter().map(move |prefix| (kind, prefix))) {
            assert!(seen.insert((prefix, kind.tail as u8)), "{prefix} of {}", kind.name);
        }
    }

    #[test]
    fn a_kind_of_another_rule_has_no_prefix() {
        let mut seen = BTreeSet::new();
        for name in OTHER_KINDS {
            assert!(seen.insert(name) && KINDS.iter().all(|kind| kind.name != *name), "{name}");
        }
    }
}
