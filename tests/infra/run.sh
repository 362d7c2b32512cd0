#!/usr/bin/env bash
# Lints and tests everything that deploys: templates as written and as CloudFormation sees them, the edge function, scripts.
# Nothing here talks to AWS. FRAGMINT_TOOLS names another place than target/tools for what install-test-tools.sh installs.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"

tools=${FRAGMINT_TOOLS:-target/tools}
tools=$(cd "$tools" && pwd) || { echo "infra: $tools is missing: scripts/install-test-tools.sh" >&2; exit 1; }
python="$tools/sam/bin/python"
export SAM="$tools/sam/bin/sam" CHECKOV="$tools/checkov/bin/checkov"
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=eu-west-1 AWS_EC2_METADATA_DISABLED=true PYTHONDONTWRITEBYTECODE=1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
say() { echo "infra: $*"; }

say "edge function"
infra/functions/embed.py --check
node --test tests/infra/*.test.mjs

say "templates as written"
"$SAM" validate --lint
"$tools/sam/bin/cfn-lint" template.yaml infra/*.yaml

say "templates as CloudFormation sees them"
# W7001: a mapping that only SAM reads. W1028: settings that are the same for all functions, one of which has a condition.
# W1001: CodeDeploy's role and groups, which SAM leaves out where the role's condition is false.
expanded() {
  "$python" tests/infra/expand.py "$work/$1" "${@:3}"
  (cd "$work/$1" && "$tools/sam/bin/cfn-lint" --ignore-checks "$2" W7001 W1028 W3002 -- template.yaml)
}
expanded plain W7001
expanded buffered W7001 SegmentInvokeMode=BUFFERED
expanded gradual W1001 DeploymentPreference=Canary10Percent5Minutes

say "assertions, findings of checkov, packaging, scripts"
(cd tests/infra && "$python" -W ignore -m unittest --quiet cdn_test functions_test parameters_test checkov_test package_test page_test)

say "scripts"
for script in infra/*.sh tests/infra/*.sh; do bash -n "$script"; done
say "all is well"
